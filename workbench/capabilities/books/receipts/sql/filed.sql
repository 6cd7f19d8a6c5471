-- What does one receipt state, and what became of it?
SELECT
    stream, version, state, name, amount, currency, receipt_on, vendor, number, is_paid, heading, transaction, declined,
    event_id
FROM receipt
WHERE stream = $stream
