-- How often was the customer of an invoice reminded, with what words last, and what did the operator say about it?
-- A reminder that was approved before letters went out from here was sent by hand, and counts like the others.
SELECT
    stream,
    version,
    position,
    'invoice/' || split_part(stream, '/', 2) AS invoice,
    CASE last.type WHEN 'books.reminder_stopped' THEN 'written off' ELSE 'on' END AS state,
    levels::INTEGER AS level,
    coalesce(sent->>'sent_on', sent->>'approved_on')::DATE AS sent_on,
    coalesce(sent->>'to', '') AS sent_to,
    sent->>'subject' AS subject,
    sent->>'text' AS text,
    (sent->'money'->>'amount')::DECIMAL(19, 4) AS amount,
    sent->'money'->>'currency' AS currency,
    if(last.type = 'books.reminder_postponed', (last.data->>'until')::DATE, NULL) AS postponed_until,
    if(last.type = 'books.reminder_postponed', coalesce((last.data->>'alone')::BOOLEAN, false), false) AS is_alone,
    if(last.type = 'books.reminder_resumed', (last.data->>'resumed_on')::DATE, NULL) AS resumed_on,
    coalesce((sent->>'by_hand')::BOOLEAN, sent IS NOT NULL) AS by_hand,
    coalesce(address->>'to', '') AS address,
    sent_event,
    sent_position
FROM (
    SELECT
        stream,
        max(version) AS version,
        max(position) AS position,
        count(*) FILTER (type IN ('books.reminder_approved', 'books.reminder_sent') AND data IS NOT NULL) AS levels,
        arg_max(data, position) FILTER (type IN ('books.reminder_approved', 'books.reminder_sent')) AS sent,
        arg_max(data, position) FILTER (type = 'books.reminder_addressed') AS address,
        max(position) FILTER (type IN ('books.reminder_approved', 'books.reminder_sent')) AS sent_position,
        arg_max(event_id, position) FILTER (
            type IN ('books.reminder_approved', 'books.reminder_sent') AND data IS NOT NULL
        ) AS sent_event,
        arg_max({type: type, data: data}, position) FILTER (type <> 'books.reminder_addressed') AS last
    FROM folded
    GROUP BY stream
)
