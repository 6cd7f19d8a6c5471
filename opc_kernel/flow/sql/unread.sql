-- Which tasks are done but not read back yet? Long ones wait longer from look to look; in the end the provider's word stands.
SELECT
    stream, version, state, kind, agent, subject, trigger, correlation_id, attempts, takeovers, waiting_on, choice, account,
    decided_position, plan, step, inputs, checkpoint, required_approvals,
    side_effects, effects, priority, due, updated_at
FROM task
WHERE NOT finished AND state = 'completed' AND updated_at > $since::TIMESTAMPTZ
ORDER BY updated_at
LIMIT $limit
