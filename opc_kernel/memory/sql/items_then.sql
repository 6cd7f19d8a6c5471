-- What was said and written with these entities, as it stood then, the newest first?
SELECT stream, kind, title, text, speaker, occurred_at, sources, position
FROM item_then
WHERE list_has_any(entities, $entities::VARCHAR[]) AND state = 'kept'
ORDER BY occurred_at DESC, position DESC
LIMIT $limit
