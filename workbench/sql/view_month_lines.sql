-- The lines posted in a month, with what a person knows them by, in the order of their days.
SELECT
    l.stream, l.part, l.reverses, l.booked_on, l.account, t.counterparty, t.text, t.reference, d.number, d.party, l.category, l.side,
    l.amount, l.currency, s.state, s.decided_by
FROM ledger_line AS l
LEFT JOIN bank_transaction AS t USING (stream)
LEFT JOIN settlement AS s USING (stream)
LEFT JOIN invoice AS d ON d.stream = l.document
WHERE l.month = $month
ORDER BY l.booked_on, l.account, l.stream, l.part, l.reverses
