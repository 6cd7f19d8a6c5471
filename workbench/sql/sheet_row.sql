-- Which rows stand in which workbook, as they were written last?
SELECT
    stream,
    max(version) AS version,
    max(position) AS position,
    arg_max(data->>'sheet', position) AS sheet,
    arg_max(data->>'key', position) AS key,
    arg_max(data->>'hash', position) AS hash,
    arg_max(data->>'content', position) AS content,
    arg_max((data->'taken')::VARCHAR[], position) FILTER (type = 'sheet.row_written') AS taken,
    arg_max(type, position) = 'sheet.row_written' AS written
FROM folded
GROUP BY stream
