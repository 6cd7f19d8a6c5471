-- Which statements of its account bear on one? Itself, those that share its days, the last before it, those numbered
-- with it; and where it states no opening balance, every earlier one.
WITH stated AS (
    SELECT
        stream,
        position,
        account,
        format,
        number,
        currency,
        opening,
        closing,
        difference,
        total,
        transactions,
        coalesce(first_on, opening_on, closing_on) AS begins,
        coalesce(closing_on, last_on) AS ends
    FROM bank_statement
    WHERE (account, currency) = (SELECT (account, currency) FROM bank_statement WHERE stream = $stream)
),
this AS (
    SELECT * FROM stated WHERE stream = $stream
),
last_before AS (
    SELECT max(each.ends) AS ends
    FROM stated AS each, this
    WHERE
        each.ends < this.begins
        AND each.closing IS NOT NULL
        AND (each.begins, each.ends) IS DISTINCT FROM (this.begins, this.ends)
        AND (each.opening, each.closing, each.total) IS DISTINCT FROM (this.opening, this.closing, this.total)
)
SELECT each.*
FROM stated AS each, this, last_before
WHERE
    each.stream = this.stream
    OR each.ends IN (this.begins, this.ends, last_before.ends)
    OR (each.ends > this.begins AND each.ends < this.ends)
    OR each.begins = this.ends
    OR (this.opening IS NULL AND each.ends < this.begins)
    OR (this.number <> '' AND each.format = this.format AND year(each.ends) = year(this.ends))
ORDER BY each.position
