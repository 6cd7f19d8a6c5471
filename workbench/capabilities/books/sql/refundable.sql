-- Which earlier transactions may this one give back, whole or in part? The latest first.
-- None where it was given back itself: what gives that back is booked as this one is.
SELECT
    t.stream, s.version, t.booked_on, t.amount, t.currency, t.counterparty, t.text, t.reference, s.state,
    abs(t.amount) - s.refunded AS left_over
FROM bank_transaction AS t
JOIN settlement AS s USING (stream)
WHERE t.state = 'booked'
    AND s.state NOT IN ('transferred', 'refund')
    AND t.currency = $currency
    AND sign(t.amount) = -sign($amount::DECIMAL(19, 4))
    AND abs(t.amount) - s.refunded >= abs($amount::DECIMAL(19, 4))
    AND starts_with(lower(t.counterparty), $beginning)
    AND NOT EXISTS (FROM settlement AS own WHERE own.stream = $stream AND own.refunded > 0)
    AND t.booked_on BETWEEN $booked_on::DATE - $days::INTEGER AND $booked_on::DATE
ORDER BY t.booked_on DESC, t.stream
LIMIT 100
