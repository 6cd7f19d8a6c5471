-- The last 50 events
SELECT position, recorded_at, type, actor, stream
FROM event
ORDER BY position DESC
LIMIT 50
