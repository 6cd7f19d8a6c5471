-- Which money that came in since a day is not booked yet, and which facts does its question rest on?
SELECT
    t.stream, t.booked_on, t.amount, t.currency, t.counterparty, t.text, t.reference,
    coalesce(q.facts::VARCHAR[], []) AS offered
FROM bank_transaction AS t
JOIN settlement AS s USING (stream)
LEFT JOIN task AS k ON k.subject = t.stream AND k.kind = 'books.settle_transaction' AND k.state = 'blocked'
LEFT JOIN queue AS q ON q.key = k.waiting_on
WHERE s.state = 'open'
    AND t.state IN ('booked', 'pending')
    AND t.amount > 0
    AND t.booked_on >= $since::DATE
ORDER BY t.booked_on, t.stream
LIMIT $limit
