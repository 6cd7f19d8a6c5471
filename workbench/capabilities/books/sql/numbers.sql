-- Which invoice numbers are known, and which payment took those that are settled? A payment that names another invoice
-- contradicts a match.
SELECT i.number, t.booked_on AS settled_on
FROM invoice AS i
LEFT JOIN bank_transaction AS t ON t.stream = i.settled_by
WHERE i.direction = $direction
ORDER BY i.number
