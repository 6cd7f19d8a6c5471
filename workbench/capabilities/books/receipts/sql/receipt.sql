-- Which receipts are there, what does each state, and which transaction does it belong to?
SELECT
    stream,
    version,
    position,
    CASE last.type
        WHEN 'books.receipt_matched' THEN 'matched'
        WHEN 'books.receipt_set_aside' THEN 'set aside'
        ELSE 'open'
    END AS state,
    said->>'name' AS name,
    said->>'kind' AS kind,
    (said->>'amount')::DECIMAL(19, 4) AS amount,
    said->>'currency' AS currency,
    (said->>'receipt_on')::DATE AS receipt_on,
    said->>'vendor' AS vendor,
    said->>'number' AS number,
    (said->>'is_paid')::BOOLEAN AS is_paid,
    coalesce(said->>'heading', '') AS heading,
    if(last.type = 'books.receipt_matched', last.data->>'transaction', NULL) AS transaction,
    if(last.type = 'books.receipt_matched', last.data->>'decided_by', NULL) AS decided_by,
    if(last.type = 'books.receipt_matched', last.data->>'reason', NULL) AS reason,
    list_sort(list_distinct(flatten(coalesce(declined, [])))) AS declined,
    received_at,
    event_id,
    correlation_id
FROM (
    SELECT
        stream,
        max(version) AS version,
        max(position) AS position,
        any_value(data) FILTER (type = 'books.receipt_received') AS said,
        any_value(event_id) FILTER (type = 'books.receipt_received') AS event_id,
        any_value(correlation_id) FILTER (type = 'books.receipt_received') AS correlation_id,
        min(recorded_at) FILTER (type = 'books.receipt_received') AS received_at,
        arg_max({type: type, data: data}, position) FILTER (
            type IN ('books.receipt_matched', 'books.receipt_set_aside', 'books.receipt_released')
        ) AS last,
        list((data->'transactions')::VARCHAR[]) FILTER (type = 'books.receipt_declined' AND data IS NOT NULL) AS declined
    FROM folded
    GROUP BY stream
)
