-- What do these events say?
SELECT position, type, stream, actor, source, recorded_at, data::VARCHAR AS data
FROM event_now
WHERE event_id IN (SELECT unnest($facts::VARCHAR[]))
ORDER BY position
