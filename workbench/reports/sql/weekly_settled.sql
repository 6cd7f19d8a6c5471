-- Of the transactions booked in each week: how many were settled automatically, by the operator, and not yet?
SELECT
    date_trunc('week', t.booked_on)::DATE AS week,
    count(*) FILTER (s.decided_by = 'automatic')::INTEGER AS automatic,
    count(*) FILTER (s.decided_by = 'operator')::INTEGER AS operator,
    count(*) FILTER (s.state = 'open')::INTEGER AS open
FROM bank_transaction AS t
JOIN settlement AS s USING (stream)
WHERE t.state = 'booked' AND t.booked_on >= $first::DATE AND t.booked_on < $end::DATE
GROUP BY week
ORDER BY week
