-- Which tasks does a worker hold now, and until when?
SELECT stream, kind, agent, plan, step, takeovers, lease_until
FROM task
WHERE state = 'in-progress' AND lease_until > $now::TIMESTAMPTZ
ORDER BY lease_until, stream
LIMIT 100
