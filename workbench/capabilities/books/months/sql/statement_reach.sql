-- Up to which day are there statements of each account?
SELECT account, max(coalesce(closing_on, last_on)) AS reaches
FROM bank_statement
GROUP BY account
ORDER BY account
