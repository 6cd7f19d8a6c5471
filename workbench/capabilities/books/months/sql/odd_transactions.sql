-- The lines of which transactions do not add up to what moved? None, unless something is wrong with the ledger.
SELECT t.account, t.booked_on, if(t.state = 'booked', t.amount, 0)::DECIMAL(19, 4) AS amount, t.currency, coalesce(l.amount, 0)::DECIMAL(19, 4) AS lines
FROM bank_transaction AS t
LEFT JOIN (SELECT stream, sum(amount)::DECIMAL(19, 4) AS amount FROM ledger_line GROUP BY stream) AS l USING (stream)
WHERE coalesce(l.amount, 0) <> if(t.state = 'booked', t.amount, 0)
ORDER BY t.booked_on, t.stream
