-- How often was the customer of an invoice reminded, with what words last, and what did the operator say about it?
SELECT
    stream,
    version,
    position,
    'invoice/' || split_part(stream, '/', 2) AS invoice,
    CASE last.type WHEN 'books.reminder_stopped' THEN 'written off' ELSE 'on' END AS state,
    levels::INTEGER AS level,
    (approved->>'approved_on')::DATE AS approved_on,
    coalesce(approved->>'to', '') AS sent_to,
    approved->>'subject' AS subject,
    approved->>'text' AS text,
    (approved->'money'->>'amount')::DECIMAL(19, 4) AS amount,
    approved->'money'->>'currency' AS currency,
    if(last.type = 'books.reminder_postponed', (last.data->>'until')::DATE, NULL) AS postponed_until,
    if(last.type = 'books.reminder_postponed', coalesce((last.data->>'alone')::BOOLEAN, false), false) AS is_alone,
    if(last.type = 'books.reminder_resumed', (last.data->>'resumed_on')::DATE, NULL) AS resumed_on,
    approved_event
FROM (
    SELECT
        stream,
        max(version) AS version,
        max(position) AS position,
        count(*) FILTER (type = 'books.reminder_approved' AND data IS NOT NULL) AS levels,
        arg_max(data, position) FILTER (type = 'books.reminder_approved') AS approved,
        arg_max(event_id, position) FILTER (type = 'books.reminder_approved' AND data IS NOT NULL) AS approved_event,
        arg_max({type: type, data: data}, position) AS last
    FROM folded
    GROUP BY stream
)
