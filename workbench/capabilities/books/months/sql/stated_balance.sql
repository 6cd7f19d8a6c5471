-- Which balances do the statements state, at the end of which day? The first statement of an account also says what lay there
-- before it. Of several on one day, the one that another of that day goes on from is not the end of it.
SELECT account, currency, day, balance, statement
FROM (
    SELECT account, currency, coalesce(closing_on, last_on) AS day, closing AS balance, stream AS statement
    FROM bank_statement AS s
    WHERE closing IS NOT NULL AND NOT EXISTS (
        SELECT 1
        FROM bank_statement AS n
        WHERE
            n.account = s.account AND n.currency = s.currency AND n.opening = s.closing AND n.closing <> s.closing
            AND coalesce(n.closing_on, n.last_on) = coalesce(s.closing_on, s.last_on)
    )
    UNION ALL
    SELECT account, currency, coalesce(first_on, opening_on, closing_on) - 1, opening, stream
    FROM bank_statement
    WHERE opening IS NOT NULL
    QUALIFY row_number() OVER (
        PARTITION BY account, currency ORDER BY coalesce(first_on, opening_on, closing_on), position
    ) = 1
)
WHERE day IS NOT NULL
