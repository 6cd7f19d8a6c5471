-- Which open rows of the queue are about transactions or statements of a month? Their facts name the events of those.
SELECT DISTINCT q.key
FROM (SELECT key, unnest(facts::VARCHAR[]) AS fact FROM queue WHERE state = 'open') AS q
JOIN event AS e ON e.event_id = q.fact
LEFT JOIN bank_transaction AS t ON t.stream = e.stream
LEFT JOIN bank_statement AS s ON s.stream = e.stream
WHERE strftime(t.booked_on, '%Y-%m') = $month
    OR $month BETWEEN strftime(s.first_on, '%Y-%m') AND strftime(s.last_on, '%Y-%m')
