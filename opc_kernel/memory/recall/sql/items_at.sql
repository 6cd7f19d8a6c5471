-- Which items stand at these positions?
SELECT stream, position, kind, text, entities, conversation, place, occurred_at
FROM memory_item
WHERE position IN (SELECT unnest($positions::BIGINT[]))
ORDER BY position
