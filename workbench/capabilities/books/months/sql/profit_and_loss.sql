-- What came in and what was spent, by month, category and currency? `worth` is in the base currency, by the rate of each day;
-- `unrated` is what had no recent rate, in its own currency. Own transfers and neutral categories are not in it.
SELECT
    month,
    side,
    category,
    currency,
    sum(amount)::DECIMAL(19, 4) AS amount,
    coalesce(sum(worth), 0)::DECIMAL(19, 4) AS worth,
    coalesce(sum(amount) FILTER (worth IS NULL), 0)::DECIMAL(19, 4) AS unrated,
    count(*)::INTEGER AS lines
FROM ledger_line
WHERE side IN ('income', 'cost')
GROUP BY month, side, category, currency
ORDER BY month, side DESC, category, currency
