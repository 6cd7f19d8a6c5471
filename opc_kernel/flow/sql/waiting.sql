-- Which tasks wait for a row that nobody has decided yet?
SELECT
    t.stream, t.version, t.state, t.kind, t.agent, t.subject, t.trigger, t.correlation_id, t.attempts, t.takeovers,
    t.waiting_on, t.choice, t.account, t.decided_position, t.plan, t.step, t.inputs, t.checkpoint, t.required_approvals,
    t.side_effects, t.effects, t.priority,
    t.due, t.updated_at
FROM task AS t
JOIN queue AS q ON q.key = t.waiting_on
WHERE NOT t.finished AND t.state = 'blocked' AND q.state = 'open'
ORDER BY t.requested_at, t.stream
LIMIT $limit
