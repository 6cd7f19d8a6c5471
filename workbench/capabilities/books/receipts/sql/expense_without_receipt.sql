-- Which money left without a receipt? `bill` names the bills it paid: then the number is known, but not the paper.
-- Transfers between own accounts need none; neither does money that a credit note of ours gave back.
SELECT
    t.booked_on, t.account, t.amount, t.currency, t.counterparty, t.text, s.state, s.category,
    (
        SELECT string_agg(i.number, ' + ' ORDER BY i.issued_on, i.number)
        FROM invoice AS i
        WHERE list_contains(s.invoices, i.stream)
    ) AS bill,
    t.stream, t.correlation_id
FROM bank_transaction AS t
JOIN settlement AS s USING (stream)
WHERE t.state = 'booked'
    AND t.amount < 0
    AND s.category IS DISTINCT FROM 'own-transfer'
    AND t.stream NOT IN (SELECT transaction FROM receipt WHERE transaction IS NOT NULL)
    AND NOT EXISTS (
        FROM invoice AS i
        WHERE list_contains(s.invoices, i.stream) AND i.direction = 'out'
    )
