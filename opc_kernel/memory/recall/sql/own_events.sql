-- What are the events at these positions called?
SELECT position, event_id
FROM event
WHERE position IN (SELECT unnest($positions::BIGINT[]))
ORDER BY position
