-- Which events of these types came after a position? What was erased asks for nothing.
SELECT position, event_id, type, stream, correlation_id
FROM event_now
WHERE position > $after AND list_contains($types::VARCHAR[], type) AND data IS NOT NULL
ORDER BY position
LIMIT $limit
