-- At which revision did a workbook and the queue agree last, and on what?
SELECT
    stream,
    max(version) AS version,
    max(position) AS position,
    arg_max(data->>'sheet', position) AS sheet,
    arg_max(data->>'revision', position) AS revision,
    arg_max(data->>'queue', position) AS queue
FROM folded
GROUP BY stream
