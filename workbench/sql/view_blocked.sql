-- Which tasks can't go on, why, and do they wait for a row of the queue?
SELECT t.stream, t.kind, t.agent, t.blocked_reason AS reason, t.tried, t.updated_at, q.kind AS waits_for
FROM task AS t
LEFT JOIN queue AS q ON q.key = t.waiting_on
WHERE t.state = 'blocked'
ORDER BY t.updated_at DESC, t.stream
