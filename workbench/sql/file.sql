-- Which files were read, and when?
SELECT
    stream,
    max(version) AS version,
    max(position) AS position,
    any_value(data->>'name') AS name,
    any_value(data->>'format') AS format,
    any_value((data->>'bytes')::BIGINT) AS bytes,
    min(recorded_at) AS received_at
FROM folded
GROUP BY stream
