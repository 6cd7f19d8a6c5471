-- Which money that came in since a day is not booked yet, and does its question offer this invoice?
SELECT
    t.stream, t.booked_on, t.amount, t.currency, t.counterparty, t.text, t.reference,
    EXISTS (
        FROM task AS k
        JOIN queue AS q ON q.key = k.waiting_on
        WHERE k.subject = t.stream
            AND k.kind = 'books.settle_transaction'
            AND q.state IN ('open', 'asked')
            AND list_contains(q.facts::VARCHAR[], $invoice)
    ) AS is_offered
FROM bank_transaction AS t
JOIN settlement AS s USING (stream)
WHERE s.state = 'open'
    AND t.state IN ('booked', 'pending')
    AND t.amount > 0
    AND t.booked_on >= $since::DATE
ORDER BY t.booked_on, t.stream
LIMIT $limit
