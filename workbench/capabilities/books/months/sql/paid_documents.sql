-- Which documents were paid in a month, and how much of each was it, as money and by what moved?
SELECT
    i.number, i.kind, i.direction, i.party, i.issued_on, i.due_on, i.amount, i.currency, i.tax_rate, i.category, i.corrects,
    l.moved, l.moved_currency, l.on_account, i.event_id
FROM (
    SELECT
        document, sum(amount)::DECIMAL(19, 4) AS moved, currency AS moved_currency, string_agg(DISTINCT account, ', ') AS on_account
    FROM ledger_line
    WHERE month = $month AND document IS NOT NULL
    GROUP BY document, currency
) AS l
JOIN invoice AS i ON i.stream = l.document
ORDER BY i.direction DESC, i.issued_on, i.number
