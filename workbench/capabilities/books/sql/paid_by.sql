-- Which documents did a transaction pay, as things stand, and how much of each? NULL: all of it.
SELECT i.stream, i.version, i.number, e.data->'money'->>'amount' AS amount, i.currency
FROM invoice AS i
JOIN event_now AS e ON e.stream = i.stream
WHERE list_contains(i.paid_by, $stream)
    AND (e.data->>'transaction') = $stream
    AND e.type IN ('books.invoice_paid', 'books.invoice_settled')
QUALIFY row_number() OVER (PARTITION BY i.stream ORDER BY e.position DESC) = 1
ORDER BY i.number
