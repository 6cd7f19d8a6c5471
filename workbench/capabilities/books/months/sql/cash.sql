-- What lay on each account before and after each month, and what moved, by the bank's own days? A balance is the last one
-- stated up to then, and what moved since; before any, the first one, less what moved until then; NULL where none is stated.
-- `unexplained` is what the balances have and no recorded transaction.
WITH moved AS (
    SELECT
        l.account, l.currency, l.booked_on, date_trunc('month', l.booked_on)::DATE AS first, l.amount,
        l.side = 'transfer' AS is_transfer
    FROM mapped_line AS l
),
span AS (
    SELECT account, currency, min(first) AS first, max(last) AS last
    FROM (
        SELECT account, currency, first, first AS last FROM moved
        UNION ALL
        SELECT account, currency, date_trunc('month', day + 1)::DATE, date_trunc('month', day)::DATE FROM stated_balance
    )
    GROUP BY account, currency
),
calendar AS (
    SELECT account, currency, unnest(generate_series(first, last, INTERVAL 1 MONTH))::DATE AS first FROM span
),
days AS (
    SELECT account, currency, booked_on, sum(amount) AS amount FROM moved GROUP BY account, currency, booked_on
),
running AS (
    SELECT
        account, currency, booked_on, sum(amount) OVER (PARTITION BY account, currency ORDER BY booked_on) AS upto
    FROM days
),
anchor AS (
    SELECT s.account, s.currency, s.day, any_value(s.balance) - coalesce(any_value(r.upto), 0) AS base
    FROM (
        SELECT account, currency, day, arg_max(balance, statement) AS balance
        FROM stated_balance
        GROUP BY account, currency, day
    ) AS s
    ASOF LEFT JOIN running AS r
        ON r.account = s.account AND r.currency = s.currency AND s.day >= r.booked_on
    GROUP BY s.account, s.currency, s.day
),
edge AS (
    SELECT
        c.account,
        c.currency,
        c.day,
        coalesce(a.base, (
            SELECT arg_min(e.base, e.day) FROM anchor AS e WHERE e.account = c.account AND e.currency = c.currency
        )) + coalesce(r.upto, 0) AS balance
    FROM (
        SELECT account, currency, first - 1 AS day FROM calendar
        UNION
        SELECT account, currency, last_day(first) FROM calendar
    ) AS c
    ASOF LEFT JOIN anchor AS a ON a.account = c.account AND a.currency = c.currency AND c.day >= a.day
    ASOF LEFT JOIN running AS r ON r.account = c.account AND r.currency = c.currency AND c.day >= r.booked_on
),
flow AS (
    SELECT
        account, currency, first,
        sum(amount) FILTER (amount > 0 AND NOT is_transfer) AS money_in,
        sum(amount) FILTER (amount < 0 AND NOT is_transfer) AS money_out,
        sum(amount) FILTER (is_transfer) AS transfers
    FROM moved
    GROUP BY account, currency, first
)
SELECT
    strftime(c.first, '%Y-%m') AS month,
    c.account,
    c.currency,
    before.balance::DECIMAL(19, 4) AS opening,
    coalesce(f.money_in, 0)::DECIMAL(19, 4) AS money_in,
    coalesce(f.money_out, 0)::DECIMAL(19, 4) AS money_out,
    coalesce(f.transfers, 0)::DECIMAL(19, 4) AS transfers,
    after.balance::DECIMAL(19, 4) AS closing,
    (
        after.balance - before.balance - coalesce(f.money_in, 0) - coalesce(f.money_out, 0) - coalesce(f.transfers, 0)
    )::DECIMAL(19, 4) AS unexplained
FROM calendar AS c
JOIN edge AS before ON before.account = c.account AND before.currency = c.currency AND before.day = c.first - 1
JOIN edge AS after ON after.account = c.account AND after.currency = c.currency AND after.day = last_day(c.first)
LEFT JOIN flow AS f ON f.account = c.account AND f.currency = c.currency AND f.first = c.first
ORDER BY month, c.account, c.currency
