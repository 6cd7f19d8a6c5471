-- In which months did anything move, the newest first, and is the month closed?
SELECT l.month, coalesce(any_value(m.state), 'open') AS state
FROM (SELECT DISTINCT month FROM ledger_line UNION SELECT month FROM cash) AS l
LEFT JOIN month AS m USING (month)
GROUP BY l.month
ORDER BY l.month DESC
