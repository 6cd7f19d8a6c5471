-- Which tasks wait for a row that nobody has decided yet?
SELECT
    t.stream, t.version, t.state, t.kind, t.agent, t.subject, t.trigger, t.correlation_id, t.attempts, t.waiting_on, t.choice
FROM task AS t
JOIN queue AS q ON q.key = t.waiting_on
WHERE t.state = 'blocked' AND q.state = 'open'
ORDER BY t.requested_at, t.stream
LIMIT $limit
