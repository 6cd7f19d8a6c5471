-- Are effects held?
SELECT
    stream,
    max(version) AS version,
    max(position) AS position,
    arg_max(type, position) = 'hold.held' AS held,
    coalesce(arg_max(data, position)->>'reason', '') AS reason,
    arg_max(data, position)->>'account' AS account,
    max(recorded_at) AS since
FROM folded
GROUP BY stream
