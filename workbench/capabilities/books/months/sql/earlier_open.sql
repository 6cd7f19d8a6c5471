-- Which months before one have transactions before or in them, and are not closed?
SELECT strftime(each.first, '%Y-%m') AS month
FROM (
    SELECT unnest(generate_series(min(date_trunc('month', booked_on)), $first::DATE - INTERVAL 1 DAY, INTERVAL 1 MONTH)) AS first
    FROM bank_transaction
    WHERE state = 'booked'
) AS each
ANTI JOIN month AS m ON m.month = strftime(each.first, '%Y-%m') AND m.state = 'closed'
ORDER BY month
