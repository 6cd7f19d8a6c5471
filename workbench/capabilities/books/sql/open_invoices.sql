-- Which open invoices could a payment of this direction and currency be for?
SELECT stream, version, number, party, issued_on, due_on, amount, currency, event_id
FROM invoice
WHERE state = 'open' AND direction = $direction AND currency = $currency
ORDER BY issued_on, stream
