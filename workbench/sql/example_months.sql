-- Money in and out, by month and category
SELECT strftime(booked_on, '%Y-%m') AS month, coalesce(category, 'invoices') AS category,
    currency, sum(amount) AS total, count(*) AS transactions
FROM ledger
WHERE state <> 'open'
GROUP BY ALL
ORDER BY month DESC, total
