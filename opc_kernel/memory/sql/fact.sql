-- What is so now? The latest assertion, unless it was retracted since.
WITH last AS (
    SELECT
        stream,
        max(version) AS version,
        max(position) AS position,
        min(recorded_at) AS first_recorded_at,
        arg_max(type, position) AS last_type,
        arg_max({data: data, recorded_at: recorded_at, event_id: event_id}, position) FILTER (
            type = 'memory.fact_asserted'
        ) AS said,
        count(*) FILTER (type = 'memory.fact_asserted') AS assertions
    FROM folded
    GROUP BY stream
)
SELECT
    stream,
    version,
    position,
    said.data->>'subject' AS subject,
    said.data->>'predicate' AS predicate,
    said.data->>'value' AS value,
    (said.data->>'valid_from')::DATE AS valid_from,
    (said.data->>'valid_to')::DATE AS valid_to,
    (said.data->>'confidence')::DOUBLE AS confidence,
    said.data->>'origin' AS origin,
    from_json(said.data->'sources', '["VARCHAR"]') AS sources,
    said.data->>'reason' AS reason,
    said.event_id AS asserted_by,
    last_type = 'memory.fact_asserted' AS stands,
    assertions,
    said.recorded_at AS recorded_at,
    first_recorded_at
FROM last
