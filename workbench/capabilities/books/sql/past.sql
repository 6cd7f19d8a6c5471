-- Every transaction with what it was finally booked as, the oldest first; one that is still open has no booking.
SELECT
    t.stream, s.version, t.account, t.booked_on, t.amount, t.currency, t.counterparty, t.counterparty_account, t.text,
    t.reference, t.event_id, t.correlation_id, s.decided_by, s.reason, s.decision_row, s.was_undone, e.data AS booking
FROM bank_transaction AS t
JOIN settlement AS s USING (stream)
LEFT JOIN event_now AS e ON e.event_id = s.mapping
WHERE t.state = 'booked'
ORDER BY t.booked_on, t.position, t.stream
