-- Which receipts belong to a transaction?
SELECT stream, version, name, vendor, number, amount, currency, receipt_on, event_id
FROM receipt
WHERE transaction = $transaction
ORDER BY receipt_on NULLS LAST, stream
