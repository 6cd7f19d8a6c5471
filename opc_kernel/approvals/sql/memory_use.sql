-- How often did rows of the queue rest on each fact and item of memory, and what was decided on them?
SELECT
    stream,
    count(*) AS named,
    count(*) FILTER (state IN ('approved', 'answered')) AS approved,
    count(*) FILTER (state = 'rejected') AS rejected,
    max(coalesce(decided_at, asked_at)) AS last_at
FROM (
    SELECT unnest(from_json(memories, '["VARCHAR"]')) AS stream, state, decided_at, asked_at
    FROM queue
    WHERE memories IS NOT NULL
)
GROUP BY stream
