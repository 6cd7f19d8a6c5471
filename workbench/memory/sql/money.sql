-- What stands between the company and these parties? Credit notes are set off.
SELECT
    direction,
    currency,
    count(*) AS documents,
    sum(if(kind = 'credit_note', -amount, amount)) AS amount,
    count(*) FILTER (state = 'open') AS open_documents,
    sum(if(kind = 'credit_note', -open, open)) AS open_amount,
    min(due_on) FILTER (state = 'open' AND kind = 'invoice') AS next_due,
    list(event_id ORDER BY position DESC) AS sources
FROM invoice
WHERE list_contains($parties::VARCHAR[], party)
GROUP BY direction, currency
ORDER BY direction DESC, currency
