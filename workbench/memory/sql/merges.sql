-- Which of these were merged, taken apart again, or are never the same? $entities empty means all.
WITH change AS (
    SELECT
        position, event_id, type, stream, recorded_at, actor, data,
        lead(type) OVER (PARTITION BY stream ORDER BY position) AS next_type
    FROM event_now
    WHERE type IN ('memory.entity_merged', 'memory.entity_unmerged', 'memory.kept_apart') AND data IS NOT NULL
)
SELECT
    change.position,
    change.event_id,
    change.type,
    coalesce(data->>'first', change.stream) AS entity,
    coalesce(data->>'second', data->>'into') AS other,
    coalesce(own.name, '') AS name,
    coalesce(another.name, '') AS other_name,
    coalesce(own.kind, '') AS kind,
    coalesce(data->>'reason', '') AS reason,
    coalesce(from_json(data->'evidence', '["VARCHAR"]'), []) AS evidence,
    coalesce(data->>'decided_by', data->>'account', '') AS decided_by,
    coalesce(data->>'row', '') AS row,
    change.recorded_at,
    type = 'memory.entity_merged' AND next_type IS NULL AS stands
FROM change
LEFT JOIN entity AS own ON own.stream = coalesce(data->>'first', change.stream)
LEFT JOIN entity AS another ON another.stream = coalesce(data->>'second', data->>'into')
WHERE len($entities::VARCHAR[]) = 0
    OR list_has_any([change.stream, data->>'first', data->>'second', data->>'into'], $entities::VARCHAR[])
ORDER BY change.position DESC
LIMIT $limit
