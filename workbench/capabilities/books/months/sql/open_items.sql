-- Which documents were open at the end of a day, and how long were they overdue? As the transactions say that were booked by
-- then; a credit note that nobody has used makes less of what is owed.
WITH paid AS (
    SELECT p.part.document AS document, sum(coalesce(p.part.amount, i.amount)) AS amount
    FROM (
        SELECT unnest(s.parts) AS part
        FROM settlement AS s
        JOIN bank_transaction AS t USING (stream)
        WHERE t.state = 'booked' AND t.booked_on <= $as_of::DATE AND len(s.parts) > 0
    ) AS p
    JOIN invoice AS i ON i.stream = p.part.document
    GROUP BY p.part.document
)
SELECT
    i.direction,
    i.stream AS document,
    i.number,
    i.kind,
    i.party,
    i.issued_on,
    i.due_on,
    ((i.amount - coalesce(p.amount, 0)) * if(i.kind = 'invoice', 1, -1))::DECIMAL(19, 4) AS open,
    i.currency,
    greatest($as_of::DATE - i.due_on, 0)::INTEGER AS days_overdue,
    CASE
        WHEN days_overdue = 0 THEN 'not due'
        WHEN days_overdue <= 30 THEN '1-30'
        WHEN days_overdue <= 60 THEN '31-60'
        WHEN days_overdue <= 90 THEN '61-90'
        ELSE 'over 90'
    END AS age
FROM invoice AS i
LEFT JOIN paid AS p ON p.document = i.stream
WHERE i.issued_on <= $as_of::DATE AND i.amount - coalesce(p.amount, 0) <> 0
ORDER BY i.direction DESC, i.due_on, i.number
