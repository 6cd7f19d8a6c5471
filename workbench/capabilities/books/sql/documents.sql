-- Which invoices, bills and credit notes changed after a position?
SELECT
    stream, version, kind, direction, number, party, issued_on, due_on, amount, open, currency, event_id, corrects, position
FROM invoice
WHERE position > $after
ORDER BY position
