-- Which events of the types that memory looks at still have their data? In the order of the log, only so many.
SELECT position, event_id, stream, type, data, occurred_at, correlation_id
FROM event_now
WHERE position > $after AND list_contains($types::VARCHAR[], type) AND data IS NOT NULL
ORDER BY position
LIMIT $limit
