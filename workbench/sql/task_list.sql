-- Which tasks are there, and what does each wait for? Who holds one now has it until its lease runs out.
SELECT
    split_part(t.stream, '/', 2) AS task,
    t.state,
    t.kind,
    t.agent,
    p.title AS plan,
    nullif(t.step, '') AS step,
    t.due,
    t.lease_until AS held_until,
    coalesce(nullif(t.reason, ''), 'waits for ' || t.waiting_on) AS why
FROM task AS t
LEFT JOIN plan AS p ON p.stream = t.plan
WHERE $all OR t.state IN ('requested', 'in-progress', 'blocked')
ORDER BY t.requested_at, t.stream
LIMIT 10000
