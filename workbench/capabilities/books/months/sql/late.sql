-- What of a statement, or of one transaction, is posted in another month than its own?
SELECT
    l.month,
    l.booked_on,
    l.stream,
    l.reverses,
    sum(l.amount)::DECIMAL(19, 4) AS amount,
    l.currency,
    coalesce(nullif(any_value(t.counterparty), ''), any_value(t.text), '') AS who
FROM ledger_line AS l
JOIN bank_transaction AS t USING (stream)
WHERE NOT l.is_closed
    AND l.month <> strftime(l.booked_on, '%Y-%m')
    AND (t.statement = $subject OR t.stream = $subject)
GROUP BY l.month, l.booked_on, l.stream, l.reverses, l.currency
ORDER BY l.booked_on, l.stream, l.reverses
