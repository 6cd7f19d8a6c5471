-- Invoices still open, the oldest due first
SELECT due_on, number, direction, party, amount, currency
FROM invoice
WHERE state = 'open'
ORDER BY due_on
