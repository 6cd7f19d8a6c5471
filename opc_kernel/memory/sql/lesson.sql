-- What did the operator's reasons teach, and was it kept?
SELECT
    stream,
    max(version) AS version,
    max(position) AS position,
    any_value(data->>'words') FILTER (type = 'memory.lesson_found') AS words,
    any_value(data->>'row') FILTER (type = 'memory.lesson_found') AS row,
    any_value(from_json(data->'sources', '["VARCHAR"]')) FILTER (type = 'memory.lesson_found') AS sources,
    any_value(data->>'fact') FILTER (type = 'memory.lesson_learned') AS fact,
    CASE arg_max(type, position)
        WHEN 'memory.lesson_learned' THEN 'learned'
        WHEN 'memory.lesson_dropped' THEN 'dropped'
        ELSE 'found'
    END AS state
FROM folded
GROUP BY stream
