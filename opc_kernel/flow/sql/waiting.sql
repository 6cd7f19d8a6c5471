-- Which tasks wait for a row that nobody has decided yet?
WITH open AS MATERIALIZED (SELECT * FROM task WHERE NOT finished),
row AS (
    SELECT stream, state FROM proposal WHERE stream IN (SELECT waiting_on FROM open)
    UNION ALL
    SELECT stream, state FROM question WHERE stream IN (SELECT waiting_on FROM open)
)
SELECT
    t.stream, t.version, t.state, t.kind, t.agent, t.subject, t.trigger, t.correlation_id, t.attempts, t.takeovers,
    t.waiting_on, t.choice, t.account, t.decided_position, t.plan, t.step, t.inputs, t.checkpoint, t.required_approvals,
    t.side_effects, t.effects, t.priority, t.due, t.updated_at
FROM open AS t
JOIN row AS q ON q.stream = t.waiting_on
WHERE t.state = 'blocked' AND q.state = 'open'
ORDER BY t.requested_at, t.stream
LIMIT $limit
