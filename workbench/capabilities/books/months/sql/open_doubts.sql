-- What is still asked about statements that bear on the days up to one?
SELECT coalesce(q.summary, t.blocked_reason, t.kind || ' is not done yet') AS doubt
FROM task AS t
LEFT JOIN queue AS q ON q.key = t.waiting_on
LEFT JOIN bank_statement AS s ON s.stream = t.subject
WHERE starts_with(t.kind, 'bank.')
    AND t.state IN ('requested', 'in-progress', 'blocked')
    AND coalesce(s.first_on, s.opening_on, s.closing_on, $last::DATE) <= $last::DATE
ORDER BY doubt
