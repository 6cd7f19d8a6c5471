-- What was ever said and written with these entities, the oldest first, and is it still recalled?
SELECT stream, kind, title, text, speaker, conversation, occurred_at, state, reason, folded_into, local_only, sources, position
FROM memory_item
WHERE list_has_any(entities, $entities::VARCHAR[]) AND position > $after
ORDER BY position
LIMIT $limit
