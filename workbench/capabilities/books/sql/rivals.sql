-- Which earlier transactions of the same amount, still unsettled, may be for the same invoice?
SELECT
    t.stream, s.version, t.account, t.booked_on, t.amount, t.currency, t.counterparty, t.counterparty_account, t.text,
    t.reference, t.event_id
FROM bank_transaction AS t
JOIN settlement AS s USING (stream)
WHERE s.state = 'open'
    AND t.state = 'booked'
    AND t.amount = $amount
    AND t.currency = $currency
    AND t.stream <> $stream
    AND t.booked_on <= $booked_on::DATE
ORDER BY t.booked_on, t.stream
