-- Which two are never the same?
SELECT
    stream,
    max(version) AS version,
    max(position) AS position,
    arg_max(data->>'first', position) AS first,
    arg_max(data->>'second', position) AS second,
    arg_max(data->>'reason', position) AS reason
FROM folded
GROUP BY stream
