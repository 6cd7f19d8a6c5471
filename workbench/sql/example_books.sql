-- The books, line by line
SELECT booked_on, amount, currency, counterparty, invoice, category, decided_by, reason
FROM ledger
ORDER BY booked_on DESC
LIMIT 100
