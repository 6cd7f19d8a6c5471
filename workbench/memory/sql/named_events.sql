-- What happened at these events, and where in the log?
SELECT event_id, position, type, stream, actor, source, recorded_at, correlation_id, data::VARCHAR AS data
FROM event_now
WHERE event_id IN (SELECT unnest($ids::VARCHAR[]))
ORDER BY position
