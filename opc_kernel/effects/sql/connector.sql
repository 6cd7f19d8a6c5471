-- How does each account at an outside system stand? The counts are the events' own: each was written under a guard.
WITH last AS (
    SELECT
        stream,
        max(version) AS version,
        max(position) AS position,
        any_value(data->>'account') AS account,
        arg_max(data, position) FILTER (type = 'connector.switched') AS switched,
        max(recorded_at) FILTER (type = 'connector.switched') AS switched_at,
        arg_max(data, position) FILTER (type = 'connector.checked') AS checked,
        max(recorded_at) FILTER (type = 'connector.checked') AS checked_at,
        arg_max(type, position) FILTER (starts_with(type, 'connector.breaker_')) AS breaker_type,
        arg_max(data, position) FILTER (starts_with(type, 'connector.breaker_')) AS breaker,
        arg_max(data, position) FILTER (type = 'connector.breaker_opened') AS opened,
        arg_max(data, position) FILTER (
            type IN ('connector.call_failed', 'connector.call_succeeded', 'connector.breaker_closed')
        ) AS counted,
        arg_max(data->>'reason', position) FILTER (type = 'connector.call_failed') AS reason,
        max((data->>'not_before')::TIMESTAMPTZ) AS not_before
    FROM folded
    GROUP BY stream
)
SELECT
    stream,
    version,
    position,
    split_part(split_part(stream, '/', 2), ':', 1) AS connector,
    account,
    coalesce(switched->>'mode', 'sandbox') AS mode,
    switched_at,
    (checked->>'ok')::BOOLEAN AS check_ok,
    checked->>'told' AS check_told,
    checked_at,
    CASE breaker_type
        WHEN 'connector.breaker_opened' THEN 'open'
        WHEN 'connector.breaker_half_opened' THEN 'half-open'
        ELSE 'closed'
    END AS breaker,
    coalesce((counted->>'failures')::INTEGER, 0) AS failures,
    CASE breaker_type
        WHEN 'connector.breaker_closed' THEN 0
        ELSE coalesce((opened->>'openings')::INTEGER, 0)
    END AS openings,
    (breaker->>'until')::TIMESTAMPTZ AS until,
    breaker->>'probe' AS probe,
    not_before,
    reason
FROM last
