-- What is owed on some invoices of ours? The worth in the base currency is that of a day, by the last rate before it.
SELECT
    o.*,
    CASE
        WHEN o.currency = $base THEN o.owed
        ELSE round(o.owed * (
            SELECT arg_max(r.rate, r.rate_on)
            FROM rate AS r
            WHERE r.base = o.currency AND r.quote = $base AND r.rate_on BETWEEN $day::DATE - 31 AND $day::DATE
        ), 2)
    END::DECIMAL(19, 4) AS at_stake
FROM invoice_owed AS o
WHERE list_contains($streams::VARCHAR[], o.stream)
ORDER BY o.due_on, o.number, o.stream
