-- How many payments of this name and direction did an invoice or another account settle since a day?
SELECT count(*) AS times
FROM settlement AS s
JOIN bank_transaction AS t USING (stream)
WHERE t.state = 'booked'
    AND s.state IN ('matched', 'transferred')
    AND t.booked_on >= $since::DATE
    AND lower(t.counterparty) = lower($counterparty)
    AND sign(t.amount) = sign($amount::DECIMAL(19, 4))
