-- Which transactions did the operator give a category, as far as that has changed since a position?
SELECT
    t.stream, s.version, t.account, t.booked_on, t.amount, t.currency, t.counterparty, t.counterparty_account, t.text,
    t.reference, t.event_id, s.category, s.mapping,
    t.state = 'booked' AND s.state = 'categorised' AND s.decided_by = 'operator' AS stands, s.position
FROM settlement AS s
JOIN bank_transaction AS t USING (stream)
WHERE s.position > $after
    AND (s.was_undone OR (s.state = 'categorised' AND s.decided_by = 'operator'))
ORDER BY s.position
