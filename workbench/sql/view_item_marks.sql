-- When was something said or written with these, the newest first?
SELECT kind, title, occurred_at::DATE AS day
FROM memory_item
WHERE list_has_any(entities, $entities::VARCHAR[]) AND position <= $position AND state = 'kept'
ORDER BY occurred_at DESC, position DESC
LIMIT $limit
