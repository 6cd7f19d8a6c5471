-- At which revision did a workbook and the queue agree last, on what, and why can't it be kept in sync, if it can't?
SELECT
    stream,
    max(version) AS version,
    max(position) AS position,
    arg_max(data->>'sheet', position) AS sheet,
    arg_max(data->>'revision', position) FILTER (type = 'sheet.settled') AS revision,
    arg_max(data->>'queue', position) FILTER (type = 'sheet.settled') AS queue,
    arg_max(if(type = 'sheet.failed', data->>'reason', ''), position)
        FILTER (type IN ('sheet.failed', 'sheet.recovered')) AS trouble,
    max(recorded_at) FILTER (type = 'sheet.failed') AS failed_at
FROM folded
GROUP BY stream
