-- Which items were kept, or said anew, after a position? In its order, only so many.
SELECT stream, position, kind, text, entities, conversation, place, local_only, occurred_at
FROM memory_item
WHERE state = 'kept' AND position > $after
ORDER BY position
LIMIT $most
