-- Which transactions were settled by an invoice or another account since a position, the newest first?
SELECT
    t.stream, s.version, t.account, t.booked_on, t.amount, t.currency, t.counterparty, t.counterparty_account, t.text,
    t.reference, t.event_id
FROM settlement AS s
JOIN bank_transaction AS t USING (stream)
WHERE s.position > $after
    AND t.state = 'booked'
    AND s.state IN ('matched', 'transferred')
ORDER BY s.position DESC
LIMIT $limit
