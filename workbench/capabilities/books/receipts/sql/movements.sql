-- Which transactions moved as much as a receipt states, and have no other receipt yet? One with the same number is a copy.
SELECT t.stream, t.version, t.account, t.booked_on, t.amount, t.currency, t.counterparty, t.text, t.reference, t.event_id
FROM bank_transaction AS t
WHERE t.state = 'booked'
    AND t.amount = -$amount::DECIMAL(19, 4)
    AND ($currency = '' OR t.currency = $currency)
    AND t.booked_on BETWEEN $first::DATE AND $last::DATE
    AND NOT list_contains($declined::VARCHAR[], t.stream)
    AND t.stream NOT IN (
        SELECT r.transaction
        FROM receipt AS r
        WHERE r.transaction IS NOT NULL AND ($number = '' OR r.number IS DISTINCT FROM $number)
    )
ORDER BY t.booked_on, t.stream
LIMIT $limit
