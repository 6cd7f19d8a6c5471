-- Which receipts belong to no transaction yet, and may it be asked about?
SELECT
    r.receipt_on, r.name, r.vendor, r.number, r.amount, r.currency, r.is_paid, r.received_at, r.stream,
    EXISTS (
        FROM task AS t
        WHERE t.subject = r.stream AND t.kind = 'books.match_receipt' AND t.state = 'blocked'
    ) AS is_asked
FROM receipt AS r
WHERE r.state = 'open'
