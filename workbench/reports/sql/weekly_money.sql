-- What came in and what was spent in each week in the base currency, by the day it was booked, and how many lines have no rate?
SELECT
    date_trunc('week', booked_on)::DATE AS week,
    side,
    coalesce(sum(worth), 0)::DECIMAL(19, 4) AS worth,
    count(*) FILTER (worth IS NULL)::INTEGER AS unrated
FROM ledger_line
WHERE side IN ('income', 'cost') AND booked_on >= $first::DATE AND booked_on < $end::DATE
GROUP BY week, side
ORDER BY week, side
