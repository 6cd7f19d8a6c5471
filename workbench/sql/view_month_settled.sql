-- How many transactions of a month were settled automatically, by the operator, or not yet?
SELECT
    count(*) FILTER (s.decided_by = 'automatic')::INTEGER AS automatic,
    count(*) FILTER (s.decided_by = 'operator')::INTEGER AS operator,
    count(*) FILTER (s.state = 'open')::INTEGER AS open
FROM bank_transaction AS t
JOIN settlement AS s USING (stream)
WHERE t.state = 'booked' AND strftime(t.booked_on, '%Y-%m') = $month
