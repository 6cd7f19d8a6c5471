-- The ledger: each line with the month it is posted in. The lines of a closed month are those it was closed with. Whatever
-- differs since (a line that came late, one that was withdrawn or mapped otherwise) is posted in the next open month,
-- as a line of its own or as one that reverses; so all lines together always are what is mapped now.
WITH closed AS (
    SELECT
        month,
        strftime(max(first) OVER (PARTITION BY island) + INTERVAL 1 MONTH, '%Y-%m') AS next_open
    FROM (
        SELECT month, first, first - to_months(row_number() OVER (ORDER BY first)::INTEGER) AS island
        FROM (SELECT month, (month || '-01')::DATE AS first FROM month WHERE state = 'closed')
    )
),
posted AS (
    SELECT month, unnest(posted, recursive := true) FROM month WHERE state = 'closed'
),
told AS (
    SELECT
        true AS is_now, 1 AS times, booked_on, account, stream, part, document, category, side, amount, currency, tax_rate,
        net, tax, worth, mapping
    FROM mapped_line
    UNION ALL
    SELECT
        false, -sign, booked_on, account, stream, part, document, category, side, amount * sign, currency, tax_rate,
        net * sign, tax * sign, worth * sign, mapping
    FROM (SELECT *, if(reverses, -1, 1) AS sign FROM posted)
    SEMI JOIN bank_transaction USING (stream)  -- what was erased is known no more: nothing takes it back
),
unposted AS (
    SELECT
        stream, part, document, category, amount, currency, tax_rate,
        sum(times)::INTEGER AS times,
        arg_max({
            booked_on: booked_on, account: account, side: side, net: net, tax: tax, worth: worth, mapping: mapping
        }, is_now) AS line
    FROM told
    GROUP BY stream, part, document, category, amount, currency, tax_rate
    HAVING sum(times) <> 0
)
SELECT
    month, booked_on, account, stream, part, document, category, side, amount, currency, tax_rate, net, tax, worth, mapping,
    reverses, true AS is_closed
FROM posted
UNION ALL
SELECT
    coalesce(c.next_open, strftime(u.line.booked_on, '%Y-%m')),
    u.line.booked_on,
    u.line.account,
    u.stream,
    u.part,
    u.document,
    u.category,
    u.line.side,
    (u.amount * u.times)::DECIMAL(19, 4),
    u.currency,
    u.tax_rate,
    (u.line.net * u.times)::DECIMAL(19, 4),
    (u.line.tax * u.times)::DECIMAL(19, 4),
    (u.line.worth * u.times)::DECIMAL(19, 4),
    u.line.mapping,
    u.times < 0,
    false
FROM unposted AS u
LEFT JOIN closed AS c ON c.month = strftime(u.line.booked_on, '%Y-%m')
