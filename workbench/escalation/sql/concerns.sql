-- What may need the operator before they look by themselves? A row that expires soon, a blocked task, an effect nobody knows
-- about, work that failed, an account that is left alone, effects that are held. What the herald does is left out: a message
-- about a message that can't be sent helps nobody. `occurrence` tells one time from the next.
WITH unknown AS (
    SELECT DISTINCT task FROM effect WHERE state = 'unknown'
)
SELECT
    CASE WHEN q.kind <> 'blocked' THEN 'expiring' WHEN u.task IS NOT NULL THEN 'unknown' ELSE 'blocked' END AS kind,
    q.key AS about,
    q.hash AS occurrence,
    q.summary,
    q.asked_at AS since,
    q.expires_at,
    q.amount,
    q.currency,
    q.at_stake
FROM queue AS q
LEFT JOIN unknown AS u ON u.task = q.key
WHERE q.state = 'open'
    AND q.capability <> 'escalation'
    AND (q.deferred_until IS NULL OR q.deferred_until <= $today::DATE)
    AND (q.kind = 'blocked' OR q.expires_at <= $expiring::TIMESTAMPTZ)
    AND (q.expires_at IS NULL OR q.expires_at > $now::TIMESTAMPTZ)
UNION ALL
SELECT 'failed', stream, position::VARCHAR, kind || ' failed', updated_at, NULL, NULL, NULL, NULL
FROM task
WHERE state = 'failed' AND plan IS NULL AND updated_at > $recent::TIMESTAMPTZ AND NOT starts_with(kind, 'escalation.')
UNION ALL
SELECT 'failed', stream, position::VARCHAR, title || ' failed', updated_at, NULL, NULL, NULL, NULL
FROM plan
WHERE state = 'failed' AND updated_at > $recent::TIMESTAMPTZ
UNION ALL
SELECT
    'breaker', c.stream, min(e.position)::VARCHAR, c.connector || ' does not answer as it should',
    min(e.recorded_at), NULL, NULL, NULL, NULL
FROM connector AS c
JOIN event AS e ON e.stream = c.stream AND e.type = 'connector.breaker_opened'
WHERE c.breaker <> 'closed'
    AND e.position > coalesce(
        (SELECT max(x.position) FROM event AS x WHERE x.stream = c.stream AND x.type = 'connector.breaker_closed'), 0
    )
GROUP BY c.stream, c.connector
UNION ALL
SELECT 'held', stream, version::VARCHAR, 'All effects are held: ' || coalesce(nullif(reason, ''), 'no reason was given'), since, NULL, NULL, NULL, NULL
FROM hold
WHERE held
ORDER BY since, about
LIMIT 1000
