-- Which invoices are there, and which transaction took each?
SELECT
    stream,
    max(version) AS version,
    max(position) AS position,
    any_value(data->>'number') FILTER (type = 'books.invoice_issued') AS number,
    any_value(data->>'direction') FILTER (type = 'books.invoice_issued') AS direction,
    any_value(data->>'party') FILTER (type = 'books.invoice_issued') AS party,
    any_value((data->>'issued_on')::DATE) FILTER (type = 'books.invoice_issued') AS issued_on,
    any_value((data->>'due_on')::DATE) FILTER (type = 'books.invoice_issued') AS due_on,
    any_value((data->'money'->>'amount')::DECIMAL(19, 4)) FILTER (type = 'books.invoice_issued') AS amount,
    any_value(data->'money'->>'currency') FILTER (type = 'books.invoice_issued') AS currency,
    any_value(data->>'note') FILTER (type = 'books.invoice_issued') AS note,
    any_value(event_id) FILTER (type = 'books.invoice_issued') AS event_id,
    CASE WHEN bool_or(type = 'books.invoice_settled') THEN 'settled' ELSE 'open' END AS state,
    any_value(data->>'transaction') FILTER (type = 'books.invoice_settled') AS settled_by,
    any_value(correlation_id) FILTER (type = 'books.invoice_issued') AS correlation_id
FROM folded
GROUP BY stream
