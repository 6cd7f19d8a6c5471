-- Which transactions on other own accounts may be the other side of this one? The nearest day first.
SELECT t.stream, s.version, t.account, t.booked_on, t.counterparty, t.counterparty_account, t.text, t.event_id, s.state
FROM bank_transaction AS t
JOIN settlement AS s USING (stream)
JOIN (
    SELECT
        unnest($currencies::VARCHAR[]) AS currency,
        unnest($least::DECIMAL(19, 4)[]) AS least,
        unnest($most::DECIMAL(19, 4)[]) AS most
) AS moved ON moved.currency = t.currency AND t.amount BETWEEN moved.least AND moved.most
WHERE t.state = 'booked'
    AND t.account <> $account
    AND abs(t.booked_on - $booked_on::DATE) <= $days
    AND (s.state = 'open' OR (s.state = 'categorised' AND s.category = $category))
ORDER BY abs(t.booked_on - $booked_on::DATE), t.stream
