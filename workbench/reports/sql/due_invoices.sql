-- Which invoices and bills are to be paid by a day, or should have been?
SELECT stream, number, direction, party, due_on, open, currency
FROM invoice
WHERE kind = 'invoice' AND state = 'open' AND due_on <= $last::DATE
ORDER BY due_on, direction DESC, number, stream
