-- Which items stand at these positions?
SELECT stream, position, kind, text, entities, conversation, place, sources, local_only, occurred_at
FROM memory_item
WHERE state = 'kept' AND position IN (SELECT unnest($positions::BIGINT[]))
ORDER BY position
