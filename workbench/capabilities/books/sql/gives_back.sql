-- Which transaction does this one give back, as things stand, and how much of it?
SELECT o.stream, o.version, abs(t.amount) AS amount, t.currency
FROM settlement AS s
JOIN bank_transaction AS t USING (stream)
JOIN settlement AS o ON o.stream = s.refund_of
WHERE s.stream = $stream
