-- How does each task of a plan stand, those that take a step back too?
SELECT stream, step, kind, agent, state, reason, attempts, lease_until, effects, waiting_on, requested_at
FROM task
WHERE plan = $plan
ORDER BY requested_at, stream
