-- Which other receipts state the same amount and belong to nothing yet? One with the same number is a copy, no rival.
SELECT
    stream, version, state, name, amount, currency, receipt_on, vendor, number, is_paid, heading, transaction, declined,
    event_id
FROM receipt
WHERE state = 'open'
    AND stream <> $stream
    AND amount = $amount::DECIMAL(19, 4)
    AND ($currency = '' OR currency IS NULL OR currency = $currency)
    AND ($number = '' OR number IS DISTINCT FROM $number)
ORDER BY stream
LIMIT $limit
