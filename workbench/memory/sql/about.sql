-- Which open rows of the queue, tasks that are no row, and disagreements that nobody asks about yet, rest on what is known of these?
WITH streams AS (
    SELECT unnest($members::VARCHAR[]) AS stream
    UNION SELECT stream FROM fact WHERE list_contains($members::VARCHAR[], subject)
    UNION SELECT stream FROM contradiction WHERE list_contains($members::VARCHAR[], subject)
    UNION SELECT stream FROM invoice WHERE list_contains($parties::VARCHAR[], party)
),
events AS (
    SELECT event_id FROM event WHERE stream IN (SELECT stream FROM streams)
    UNION SELECT unnest(sources) FROM entity WHERE list_contains($members::VARCHAR[], stream)
    UNION SELECT unnest(sources) FROM fact WHERE list_contains($members::VARCHAR[], subject)
    UNION SELECT unnest(sources) FROM memory_item WHERE list_has_any(entities, $members::VARCHAR[]) AND state = 'kept'
),
rows AS (
    SELECT key, kind, summary, asked_at, expires_at, facts
    FROM (SELECT * REPLACE (from_json(facts, '["VARCHAR"]') AS facts) FROM queue WHERE state = 'open')
    WHERE list_has_any(facts, (SELECT list(event_id) FROM events))
)
SELECT key, kind, summary, asked_at::DATE AS since, expires_at::DATE AS until, facts AS sources FROM rows
UNION ALL
SELECT stream, 'task', kind || ' ' || state, requested_at::DATE, due::DATE, [trigger]
FROM task
WHERE NOT finished
    AND state <> 'blocked'
    AND (trigger IN (SELECT event_id FROM events) OR subject IN (SELECT stream FROM streams))
UNION ALL
SELECT
    stream,
    'contradiction',
    predicate || ': ' || stands || ' stands, ' || value || ' was said too',
    found_at::DATE,
    NULL,
    sources
FROM contradiction
WHERE settled_as IS NULL
    AND list_contains($members::VARCHAR[], subject)
    AND NOT EXISTS (
        FROM rows
        WHERE list_has_any(rows.facts, contradiction.sources)
            OR list_has_any(rows.facts, (SELECT list(event_id) FROM event WHERE event.stream = contradiction.stream))
    )
ORDER BY since, key
LIMIT $limit
