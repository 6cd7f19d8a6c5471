-- What was said and written with these entities by then, the newest first?
SELECT stream, kind, title, text, speaker, occurred_at, sources, position
FROM memory_item
WHERE list_has_any(entities, $entities::VARCHAR[]) AND position <= $position AND state = 'kept'
ORDER BY occurred_at DESC, position DESC
LIMIT $limit
