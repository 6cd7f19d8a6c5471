-- To which document, category and tax rate does each part of each transaction belong, as it is mapped now?
-- The lines of a transaction add up to it to the cent. What a fee, a discount or the exchange took is a line of its own;
-- a discount bears the tax of its document, for it makes the price smaller, a fee does not.
WITH booked AS (
    SELECT
        t.stream, t.account, t.booked_on, t.amount, t.currency, sign(t.amount) AS flow,
        s.state, s.category, coalesce(s.parts, []) AS parts, coalesce(s.difference, 0) * sign(t.amount) AS difference, s.mapping
    FROM bank_transaction AS t
    JOIN settlement AS s USING (stream)
    WHERE t.state = 'booked'
),
part AS (
    SELECT stream, unnest(parts) AS one, generate_subscripts(parts, 1) AS part FROM booked WHERE len(parts) > 0
),
asked AS (
    SELECT
        b.stream,
        p.part,
        i.stream AS document,
        coalesce(nullif(i.category, ''), if(coalesce(i.direction = 'out', b.flow > 0), 'invoices', 'bills')) AS category,
        if(coalesce(i.direction = 'out', b.flow > 0), 'income', 'cost') AS side,
        i.tax_rate,
        coalesce(p.one.amount, i.amount)
        * coalesce(if((i.direction = 'out') = (i.kind = 'invoice'), 1, -1), b.flow) AS amount,
        coalesce(i.currency, b.currency) = b.currency AS is_same,
        b.amount - b.difference AS paid
    FROM part AS p
    JOIN booked AS b USING (stream)
    LEFT JOIN invoice AS i ON i.stream = p.one.document
),
shared AS (
    SELECT
        *,
        paid - coalesce(sum(amount) FILTER (is_same) OVER (PARTITION BY stream), 0) AS rest,
        sum(amount) FILTER (NOT is_same) OVER (PARTITION BY stream) AS total,
        sum(amount) FILTER (NOT is_same) OVER (PARTITION BY stream ORDER BY part) AS upto
    FROM asked
),
line AS (
    SELECT
        stream, part, document, category, side, tax_rate,
        if(
            is_same,
            amount,
            if(upto = total, rest, round(rest * upto / total, 2))
            - if(upto = amount, 0, round(rest * (upto - amount) / total, 2))
        )::DECIMAL(19, 4) AS amount
    FROM shared
    UNION ALL
    SELECT
        b.stream,
        len(b.parts) + 1,
        if(b.category = 'discount', a.document, NULL),
        b.category,
        if(b.category = 'discount', a.side, NULL),
        if(b.category = 'discount', a.tax_rate, NULL),
        b.difference
    FROM booked AS b
    LEFT JOIN asked AS a ON a.stream = b.stream AND a.part = 1 AND len(b.parts) = 1
    WHERE b.difference <> 0
    UNION ALL
    SELECT stream, 1, NULL, category, if(state = 'open', 'open', NULL), NULL, amount
    FROM booked
    WHERE len(parts) = 0
),
rates AS (
    SELECT currency, rate_on, arg_min(rate, is_inverse) AS rate
    FROM (
        SELECT base AS currency, rate_on, rate::DOUBLE AS rate, false AS is_inverse
        FROM rate
        WHERE quote = (SELECT base_currency FROM setting)
        UNION ALL
        SELECT quote, rate_on, 1 / rate, true
        FROM rate
        WHERE base = (SELECT base_currency FROM setting) AND rate > 0
    )
    GROUP BY currency, rate_on
)
SELECT
    b.booked_on,
    b.account,
    b.stream,
    l.part::INTEGER AS part,
    l.document,
    l.category,
    CASE
        WHEN l.category = 'own-transfer' THEN 'transfer'
        WHEN l.category = 'overpaid' OR list_contains(g.neutral, l.category) THEN 'neutral'
        ELSE coalesce(l.side, if(l.amount > 0, 'income', 'cost'))
    END AS side,
    l.amount,
    b.currency,
    l.tax_rate,
    (l.amount - round(l.amount * l.tax_rate / (100 + l.tax_rate), 2))::DECIMAL(19, 4) AS net,
    round(l.amount * l.tax_rate / (100 + l.tax_rate), 2)::DECIMAL(19, 4) AS tax,
    if(
        b.currency = g.base_currency,
        l.amount,
        if(r.rate_on >= b.booked_on - 31, round(l.amount * r.rate, 2), NULL)
    )::DECIMAL(19, 4) AS worth,
    b.mapping
FROM line AS l
JOIN booked AS b USING (stream)
CROSS JOIN setting AS g
ASOF LEFT JOIN rates AS r ON r.currency = b.currency AND b.booked_on >= r.rate_on
