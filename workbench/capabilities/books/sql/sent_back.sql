-- Which later transactions, still open, may send this one back? The nearest day first.
SELECT t.stream, s.version, t.booked_on, t.counterparty, t.text, t.reference
FROM bank_transaction AS t
JOIN settlement AS s USING (stream)
WHERE t.state = 'booked'
    AND s.state = 'open'
    AND t.amount = -$amount::DECIMAL(19, 4)
    AND t.currency = $currency
    AND starts_with(lower(t.counterparty), $beginning)
    AND t.booked_on BETWEEN $booked_on::DATE AND $booked_on::DATE + $days::INTEGER
ORDER BY t.booked_on, t.stream
LIMIT 10
