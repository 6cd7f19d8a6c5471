-- Which events do the items at these positions come from, by their own word?
SELECT position, event_id, (data->'sources')::VARCHAR[] AS sources
FROM event_now
WHERE position IN (SELECT unnest($positions::BIGINT[]))
ORDER BY position
