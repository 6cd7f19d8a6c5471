-- The lines posted in a month in their order, with what a person knows them by, and the version of each transaction.
SELECT
    l.*,
    t.state, t.counterparty, t.text,
    s.version, s.decided_by, s.decision_row, s.reason,
    d.number, d.party, d.kind
FROM ledger_line AS l
LEFT JOIN bank_transaction AS t USING (stream)
LEFT JOIN settlement AS s USING (stream)
LEFT JOIN invoice AS d ON d.stream = l.document
WHERE l.month = $month
ORDER BY l.booked_on, l.account, l.stream, l.part, l.reverses, l.document, l.category, l.amount
