-- How do transactions stand in the books, by the beginning of their id?
SELECT t.stream, s.version, s.state, t.booked_on, t.amount, t.currency, t.counterparty, s.other_side, s.refund_of,
    t.correlation_id
FROM bank_transaction AS t
JOIN settlement AS s USING (stream)
WHERE starts_with(t.stream, 'bank_transaction/' || $key) AND t.state = 'booked'
ORDER BY t.stream
LIMIT 2
