-- What was ever asserted, from which event to which it stood in the log, and for which days it was said to be so?
SELECT
    stream,
    position,
    version,
    event_id,
    data->>'subject' AS subject,
    data->>'predicate' AS predicate,
    data->>'value' AS value,
    (data->>'valid_from')::DATE AS valid_from,
    (data->>'valid_to')::DATE AS valid_to,
    (data->>'confidence')::DOUBLE AS confidence,
    data->>'origin' AS origin,
    from_json(data->'sources', '["VARCHAR"]') AS sources,
    recorded_at,
    ended_position,
    ended_at,
    ended_by
FROM (
    SELECT
        *,
        lead(position) OVER one AS ended_position,
        lead(recorded_at) OVER one AS ended_at,
        CASE lead(type) OVER one
            WHEN 'memory.fact_asserted' THEN 'superseded'
            WHEN 'memory.fact_retracted' THEN 'retracted'
        END AS ended_by
    FROM event_now
    WHERE starts_with(stream, 'fact/') AND data IS NOT NULL
    WINDOW one AS (PARTITION BY stream ORDER BY position)
)
WHERE type = 'memory.fact_asserted'
