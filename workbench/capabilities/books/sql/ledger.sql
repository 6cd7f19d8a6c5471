-- Every transaction with what it was booked as, why, and who decided: the books, line by line.
SELECT
    t.booked_on,
    t.account,
    t.amount,
    t.currency,
    t.counterparty,
    t.text,
    s.state,
    i.number AS invoice,
    s.category,
    s.other_side,
    s.difference,
    s.decided_by,
    s.score,
    s.reason,
    t.stream,
    t.correlation_id
FROM bank_transaction AS t
JOIN settlement AS s USING (stream)
LEFT JOIN invoice AS i ON i.stream = s.invoice
WHERE t.state = 'booked'
