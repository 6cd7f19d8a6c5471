-- Which documents does a transaction settle, how much of each, and what is still open of them?
SELECT i.stream, i.number, i.kind, i.direction, i.party, i.issued_on, i.due_on, i.amount, i.currency, i.open, p.part.amount AS settled
FROM (SELECT unnest(parts) AS part FROM settlement WHERE stream = $stream) AS p
JOIN invoice AS i ON i.stream = p.part.document
ORDER BY i.issued_on, i.number
