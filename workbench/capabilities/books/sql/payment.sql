-- The transaction a task is about, with its worth in the base currency: by the last rate before it, at most 31 days old.
SELECT
    t.stream, s.version, t.account, t.booked_on, t.amount, t.currency, t.counterparty, t.counterparty_account, t.text, t.reference, t.event_id,
    if(t.state = 'booked', s.state, t.state) AS state, s.declined, s.was_undone,
    CASE
        WHEN t.currency = $base THEN t.amount
        ELSE round(t.amount * (
            SELECT arg_max(r.rate, r.rate_on)
            FROM rate AS r
            WHERE r.base = t.currency AND r.quote = $base AND r.rate_on BETWEEN t.booked_on - 31 AND t.booked_on
        ), 2)
    END::DECIMAL(19, 4) AS at_stake
FROM bank_transaction AS t
JOIN settlement AS s USING (stream)
WHERE t.stream = $stream
