-- What lay on each account at the end of each day on which it moved? From what each month began with.
SELECT DISTINCT c.account, c.currency, d.day, (c.opening + sum(d.amount) OVER (
    PARTITION BY c.account, c.currency, c.month ORDER BY d.day
))::DECIMAL(19, 4) AS balance
FROM cash AS c
JOIN (
    SELECT account, currency, booked_on AS day, sum(amount) AS amount FROM bank_transaction
    WHERE state = 'booked'
    GROUP BY account, currency, booked_on
    UNION ALL
    SELECT account, currency, (month || '-01')::DATE, 0 FROM cash
) AS d ON d.account = c.account AND d.currency = c.currency AND strftime(d.day, '%Y-%m') = c.month
WHERE c.opening IS NOT NULL
ORDER BY c.currency, c.account, d.day
