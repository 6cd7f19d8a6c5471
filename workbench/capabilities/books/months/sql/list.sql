-- Which months are there, what came of each, and how much of it is open?
WITH posted AS (
    SELECT
        month,
        count(DISTINCT stream)::INTEGER AS transactions,
        count(DISTINCT stream) FILTER (side = 'open')::INTEGER AS open,
        count(*) FILTER (month <> strftime(booked_on, '%Y-%m'))::INTEGER AS late,
        coalesce(sum(worth) FILTER (side = 'income'), 0)::DECIMAL(19, 4) AS income,
        coalesce(sum(worth) FILTER (side = 'cost'), 0)::DECIMAL(19, 4) AS cost,
        count(*) FILTER (side IN ('income', 'cost') AND worth IS NULL)::INTEGER AS unrated
    FROM ledger_line
    GROUP BY month
)
SELECT
    coalesce(p.month, m.month) AS month,
    coalesce(m.state, 'open') AS state,
    coalesce(p.transactions, 0) AS transactions,
    coalesce(p.open, 0) AS open,
    coalesce(p.late, 0) AS late,
    coalesce(p.income, 0)::DECIMAL(19, 2) AS income,
    coalesce(p.cost, 0)::DECIMAL(19, 2) AS cost,
    coalesce(p.income + p.cost, 0)::DECIMAL(19, 2) AS result,
    (SELECT base_currency FROM setting) AS currency,
    coalesce(p.unrated, 0) AS unrated,
    m.closed_at
FROM posted AS p
FULL JOIN month AS m USING (month)
ORDER BY month
