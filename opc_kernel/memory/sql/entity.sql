-- Who is it, and does another speak for it? The latest merge or unmerge counts.
WITH last AS (
    SELECT
        stream,
        max(version) AS version,
        max(position) AS position,
        min(recorded_at) AS found_at,
        min(position) AS found_position,
        any_value(data) FILTER (type = 'memory.entity_found') AS found,
        arg_max({type: type, data: data}, position) FILTER (
            type IN ('memory.entity_merged', 'memory.entity_unmerged')
        ) AS merge
    FROM folded
    GROUP BY stream
)
SELECT
    stream,
    version,
    position,
    found->>'kind' AS kind,
    found->>'name' AS name,
    from_json(found->'sources', '["VARCHAR"]') AS sources,
    if(merge.type = 'memory.entity_merged', merge.data->>'into', NULL) AS merged_into,
    found_at,
    found_position
FROM last
