-- Which sources disagree, and what did a person say?
SELECT
    stream,
    max(version) AS version,
    max(position) AS position,
    any_value(data->>'fact') FILTER (type = 'memory.contradiction_found') AS fact,
    any_value(data->>'subject') FILTER (type = 'memory.contradiction_found') AS subject,
    any_value(data->>'predicate') FILTER (type = 'memory.contradiction_found') AS predicate,
    any_value(data->>'stands') FILTER (type = 'memory.contradiction_found') AS stands,
    any_value(data->>'value') FILTER (type = 'memory.contradiction_found') AS value,
    any_value((data->>'valid_from')::DATE) FILTER (type = 'memory.contradiction_found') AS valid_from,
    any_value(data->>'origin') FILTER (type = 'memory.contradiction_found') AS origin,
    any_value(from_json(data->'sources', '["VARCHAR"]')) FILTER (type = 'memory.contradiction_found') AS sources,
    arg_max(data->>'value', position) FILTER (type = 'memory.contradiction_settled') AS settled_as,
    min(recorded_at) AS found_at
FROM folded
GROUP BY stream
