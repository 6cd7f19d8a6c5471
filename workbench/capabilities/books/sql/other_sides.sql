-- Which transactions on other own accounts may be the other side of this one? The nearest day first.
SELECT t.stream, s.version, t.account, t.booked_on, t.counterparty_account, t.event_id, s.state
FROM bank_transaction AS t
JOIN settlement AS s USING (stream)
WHERE t.state = 'booked'
    AND t.account <> $account
    AND t.amount = -$amount::DECIMAL(19, 4)
    AND t.currency = $currency
    AND abs(t.booked_on - $booked_on::DATE) <= $days
    AND (s.state = 'open' OR (s.state = 'categorised' AND s.category = $category))
ORDER BY abs(t.booked_on - $booked_on::DATE), t.stream
