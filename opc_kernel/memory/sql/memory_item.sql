-- What is remembered word for word, as it was said last, and is it still recalled?
WITH last AS (
    SELECT
        stream,
        max(version) AS version,
        max(position) AS position,
        arg_max({data: data, occurred_at: occurred_at, recorded_at: recorded_at}, position) FILTER (
            type = 'memory.item_kept' AND data IS NOT NULL
        ) AS kept,
        arg_max({type: type, data: data}, position) AS since
    FROM folded
    GROUP BY stream
)
SELECT
    stream,
    version,
    position,
    kept.data->>'kind' AS kind,
    kept.data->>'title' AS title,
    kept.data->>'text' AS text,
    from_json(kept.data->'entities', '["VARCHAR"]') AS entities,
    kept.data->>'conversation' AS conversation,
    (kept.data->>'place')::INTEGER AS place,
    kept.data->>'speaker' AS speaker,
    from_json(kept.data->'sources', '["VARCHAR"]') AS sources,
    (kept.data->>'local_only') = 'true' AS local_only,
    CASE since.type
        WHEN 'memory.item_folded' THEN 'folded'
        WHEN 'memory.item_faded' THEN 'faded'
        ELSE 'kept'
    END AS state,
    since.data->>'into' AS folded_into,
    if(since.type = 'memory.item_kept', NULL, since.data->>'reason') AS reason,
    since.type = 'memory.item_restored' AND coalesce(since.data->>'account', '') <> '' AS pinned,
    kept.occurred_at AS occurred_at,
    kept.recorded_at AS recorded_at
FROM last
