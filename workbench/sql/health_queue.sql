-- How much waits for the operator, of which kind, since when, and how much of it expires within a day?
SELECT
    kind,
    count(*) AS rows,
    min(asked_at) AS oldest_at,
    count(*) FILTER (expires_at <= $now::TIMESTAMPTZ + INTERVAL 1 DAY) AS expiring,
    count(*) FILTER (deferred_until > $today::DATE) AS deferred
FROM queue
WHERE state = 'open'
GROUP BY kind
ORDER BY rows DESC, kind
