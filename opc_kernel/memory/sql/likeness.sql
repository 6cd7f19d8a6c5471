-- Which two may be the same?
SELECT
    stream,
    max(version) AS version,
    max(position) AS position,
    arg_min(data->>'first', position) AS first,
    arg_min(data->>'second', position) AS second,
    arg_min(data->>'verdict', position) AS verdict,
    arg_min((data->>'probability')::DOUBLE, position) AS probability,
    min(recorded_at) AS found_at
FROM folded
GROUP BY stream
