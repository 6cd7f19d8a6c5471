-- What happened in one story, from its first event on?
SELECT position, type, stream, actor, source, recorded_at, data::VARCHAR AS data
FROM event_now
WHERE correlation_id = $story
ORDER BY position
LIMIT $limit
