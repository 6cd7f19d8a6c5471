-- Which files were refused, and why?
SELECT
    stream,
    max(version) AS version,
    max(position) AS position,
    any_value(data->>'name') AS name,
    any_value(data->>'reason') AS reason,
    any_value((data->>'bytes')::BIGINT) AS bytes,
    min(recorded_at) AS refused_at
FROM folded
GROUP BY stream
