-- What did payment processors pay out, as the operator confirmed after a position?
SELECT
    e.position,
    t.counterparty AS payer,
    t.amount AS paid,
    json_array_length(e.data->'parts') AS count,
    -(e.data->'difference'->>'amount')::DECIMAL(19, 4) AS fee
FROM event_now AS e
JOIN bank_transaction AS t USING (stream)
WHERE e.position > $after
    AND e.type = 'books.payment_matched'
    AND (e.data->>'decided_by') = 'operator'
    AND (e.data->>'difference_category') = 'payment-fees'
ORDER BY e.position
