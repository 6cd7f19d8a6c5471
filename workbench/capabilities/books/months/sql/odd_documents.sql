-- What was paid of which document differs from what its transactions say?
SELECT i.number, (i.amount - i.open)::DECIMAL(19, 4) AS paid, coalesce(p.amount, 0)::DECIMAL(19, 4) AS parts, i.currency
FROM invoice AS i
LEFT JOIN (
    SELECT part.document AS document, sum(coalesce(part.amount, d.amount)) AS amount
    FROM (
        SELECT unnest(s.parts) AS part
        FROM settlement AS s
        JOIN bank_transaction AS t USING (stream)
        WHERE t.state = 'booked' AND len(s.parts) > 0
    )
    JOIN invoice AS d ON d.stream = part.document
    GROUP BY part.document
) AS p ON p.document = i.stream
WHERE i.amount - i.open <> coalesce(p.amount, 0)
ORDER BY i.number
