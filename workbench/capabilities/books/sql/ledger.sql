-- Every transaction with what it was booked as, why, and who decided: the books, line by line.
SELECT
    t.booked_on,
    t.account,
    t.amount,
    t.currency,
    t.counterparty,
    t.text,
    s.state,
    (
        SELECT string_agg(i.number, ' + ' ORDER BY i.issued_on, i.number)
        FROM invoice AS i
        WHERE list_contains(s.invoices, i.stream)
    ) AS invoice,
    coalesce(s.category, given_back.category) AS category,
    s.other_side,
    s.refund_of,
    s.difference,
    s.decided_by,
    s.score,
    s.reason,
    t.stream,
    t.correlation_id
FROM bank_transaction AS t
JOIN settlement AS s USING (stream)
LEFT JOIN settlement AS given_back ON given_back.stream = s.refund_of
WHERE t.state = 'booked'
