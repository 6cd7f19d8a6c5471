-- Which events do the items at these positions come from, by their own word? Beside it their own.
SELECT memory_item.position, event.event_id, memory_item.sources
FROM memory_item
JOIN event ON event.position = memory_item.position
WHERE memory_item.position IN (SELECT unnest($positions::BIGINT[]))
ORDER BY memory_item.position
