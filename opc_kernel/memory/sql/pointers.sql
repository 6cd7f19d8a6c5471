-- Which entities were there by then, and which pointed to which?
SELECT stream, kind, name, sources, found_at, if(merge.type = 'memory.entity_merged', merge.data->>'into', NULL) AS points_to
FROM (
    SELECT
        stream,
        any_value(data->>'kind') FILTER (type = 'memory.entity_found') AS kind,
        any_value(data->>'name') FILTER (type = 'memory.entity_found') AS name,
        any_value(from_json(data->'sources', '["VARCHAR"]')) FILTER (type = 'memory.entity_found') AS sources,
        min(recorded_at) AS found_at,
        arg_max({type: type, data: data}, position) FILTER (
            type IN ('memory.entity_merged', 'memory.entity_unmerged')
        ) AS merge
    FROM event_now
    WHERE starts_with(stream, 'entity/') AND data IS NOT NULL AND position <= $position
    GROUP BY stream
)
