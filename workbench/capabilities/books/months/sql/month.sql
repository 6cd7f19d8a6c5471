-- Which months are closed, with what summary and which lines? What was posted before a month was reopened counts no more.
WITH last AS (
    SELECT
        stream,
        max(version) AS version,
        max(position) AS position,
        coalesce(max(position) FILTER (type = 'books.month_reopened'), 0) AS reopened,
        arg_max({data: data, position: position, event_id: event_id, instant: recorded_at}, position)
            FILTER (type = 'books.month_closed') AS closing,
        coalesce(
            list({data: data, position: position} ORDER BY position) FILTER (type = 'books.lines_posted'), []
        ) AS batches
    FROM folded
    GROUP BY stream
),
present AS (
    SELECT *, coalesce(closing.position > reopened, false) AS is_closed FROM last
)
SELECT
    stream,
    version,
    position,
    split_part(stream, '/', 2) AS month,
    if(is_closed, 'closed', 'open') AS state,
    if(is_closed, closing.instant, NULL) AS closed_at,
    if(is_closed, closing.event_id, NULL) AS closed_by,
    if(is_closed, closing.data->'summary', NULL) AS summary,
    if(is_closed, closing.data->>'lines_hash', NULL) AS lines_hash,
    if(is_closed, (closing.data->>'count')::INTEGER, NULL) AS lines,
    if(is_closed, (closing.data->>'position')::BIGINT, NULL) AS as_of,
    if(is_closed, closing.data->>'row', NULL) AS decision_row,
    flatten(list_transform(
        list_filter(batches, lambda each: is_closed AND each.position > reopened),
        lambda each: from_json(each.data->'lines', '[{
            "booked_on": "DATE",
            "account": "VARCHAR",
            "stream": "VARCHAR",
            "part": "INTEGER",
            "document": "VARCHAR",
            "category": "VARCHAR",
            "side": "VARCHAR",
            "amount": "DECIMAL(19,4)",
            "currency": "VARCHAR",
            "tax_rate": "DECIMAL(7,4)",
            "net": "DECIMAL(19,4)",
            "tax": "DECIMAL(19,4)",
            "worth": "DECIMAL(19,4)",
            "mapping": "VARCHAR",
            "reverses": "BOOLEAN"
        }]')
    )) AS posted
FROM present
