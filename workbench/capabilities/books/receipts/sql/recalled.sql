-- Which receipts that wait may belong to a transaction that came since they were looked at? Those asked about are anyway.
SELECT DISTINCT r.stream, r.version
FROM receipt AS r
JOIN bank_transaction AS t ON t.amount = -r.amount AND t.position > r.position
WHERE r.state = 'open'
    AND t.state = 'booked'
    AND (r.currency IS NULL OR r.currency = t.currency)
    AND NOT list_contains(r.declined, t.stream)
    AND r.stream NOT IN (
        SELECT subject FROM task WHERE kind = 'books.match_receipt' AND state = 'blocked' AND waiting_on IS NOT NULL
    )
ORDER BY r.stream
LIMIT $limit
