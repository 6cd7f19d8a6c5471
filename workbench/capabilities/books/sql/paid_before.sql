-- Which of these numbers, written without signs and in lower case, are of invoices that are paid, and when was that?
SELECT i.number, max(t.booked_on) AS paid_on
FROM invoice AS i
JOIN bank_transaction AS t ON list_contains(i.paid_by, t.stream)
WHERE i.state = 'settled'
    AND list_contains($keys::VARCHAR[], lower(regexp_replace(i.number, '[\W_]', '', 'g')))
GROUP BY i.number
ORDER BY i.number
