-- Up to which day had the bank's statements come when each rule was adopted, and when it was dropped?
-- That day, not the one of the decision, tells which transactions came after it: statements may be taken in late.
WITH adopted AS (
    SELECT stream, max(position) FILTER (type = 'books.rule_adopted') AS position,
        max(position) FILTER (type = 'books.rule_dropped') AS dropped_at
    FROM event_now
    WHERE type IN ('books.rule_adopted', 'books.rule_dropped')
    GROUP BY stream
)
SELECT
    r.stream, r.version, r.rule,
    (
        SELECT max((e.data->>'booked_on')::DATE)
        FROM event_now AS e
        WHERE e.type = 'bank.transaction_booked' AND e.position < a.position
    ) AS adopted_after,
    (
        SELECT max((e.data->>'booked_on')::DATE)
        FROM event_now AS e
        WHERE e.type = 'bank.transaction_booked' AND e.position < a.dropped_at
    ) AS dropped_after
FROM adopted AS a
JOIN rule AS r USING (stream)
WHERE a.position IS NOT NULL
    AND r.rule IS NOT NULL
ORDER BY a.position
