-- One transaction from its statement line to its decision: where it stands, what it was booked as, and who said so.
SELECT
    t.stream, t.booked_on, t.value_on, t.account, t.amount, t.currency, t.counterparty, t.counterparty_account, t.text,
    t.reference, t.bank_id, t.ordinal, t.state AS bank_state, t.correlation_id,
    t.statement AS statement_stream, b.number AS statement, b.file, b.transactions, f.name AS file_name, f.format, f.received_at,
    (
        SELECT count(*)::INTEGER FROM event AS e
        WHERE e.type = 'bank.transaction_booked' AND (e.data->>'statement') = t.statement
            AND e.position <= (
                SELECT min(o.position) FROM event AS o
                WHERE o.stream = t.stream AND o.type = 'bank.transaction_booked'
            )
    ) AS brought,
    s.state, s.category, s.other_side, s.difference, s.decided_by, s.score, s.evidence::VARCHAR AS evidence, s.reason,
    s.decision_row, s.invoices,
    q.summary AS asked, q.kind AS row_kind, q.decision, q.channel, q.account AS decided_account, q.decided_at, q.hash, q.note
FROM bank_transaction AS t
JOIN settlement AS s USING (stream)
LEFT JOIN bank_statement AS b ON b.stream = t.statement
LEFT JOIN file AS f ON f.stream = 'file/' || b.file
LEFT JOIN queue AS q ON q.key = s.decision_row
WHERE t.stream = $stream
