-- Where in the log do these events stand, and in which story?
SELECT event_id, position, correlation_id
FROM event
WHERE event_id IN (SELECT unnest($ids::VARCHAR[]))
