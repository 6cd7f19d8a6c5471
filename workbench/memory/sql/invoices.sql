-- Which papers stand between the company and these parties?
SELECT stream, number, kind, direction, issued_on, due_on, amount, currency, open, state, event_id
FROM invoice
WHERE list_contains($parties::VARCHAR[], party)
ORDER BY issued_on, position
