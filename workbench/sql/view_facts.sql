-- What do these events say?
SELECT type, stream, actor, recorded_at, data::VARCHAR AS data
FROM event_now
WHERE event_id IN (SELECT unnest($facts::VARCHAR[]))
ORDER BY position
