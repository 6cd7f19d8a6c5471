-- Which invoices are there, and which transaction took each?
SELECT
    stream,
    version,
    position,
    issued->>'number' AS number,
    issued->>'direction' AS direction,
    issued->>'party' AS party,
    (issued->>'issued_on')::DATE AS issued_on,
    (issued->>'due_on')::DATE AS due_on,
    (issued->'money'->>'amount')::DECIMAL(19, 4) AS amount,
    issued->'money'->>'currency' AS currency,
    issued->>'note' AS note,
    event_id,
    if(settled_as = 'books.invoice_settled', 'settled', 'open') AS state,
    settled->>'transaction' AS settled_by,
    correlation_id
FROM (
    SELECT
        stream,
        max(version) AS version,
        max(position) AS position,
        any_value(data) FILTER (type = 'books.invoice_issued') AS issued,
        any_value(event_id) FILTER (type = 'books.invoice_issued') AS event_id,
        any_value(correlation_id) FILTER (type = 'books.invoice_issued') AS correlation_id,
        arg_max_null(if(type = 'books.invoice_settled', data, NULL), position) FILTER (
            type IN ('books.invoice_settled', 'books.invoice_reopened')
        ) AS settled,
        arg_max(type, position) FILTER (type IN ('books.invoice_settled', 'books.invoice_reopened')) AS settled_as
    FROM folded
    GROUP BY stream
)
