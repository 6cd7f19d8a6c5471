-- Which tasks can a worker do something about now? Requested ones whose time has come, and blocked ones whose row is decided
-- or was erased.
SELECT
    t.stream, t.version, t.state, t.kind, t.agent, t.subject, t.trigger, t.correlation_id, t.attempts, t.waiting_on, t.choice
FROM task AS t
LEFT JOIN queue AS q ON q.key = t.waiting_on
WHERE (t.state IN ('requested', 'in-progress') AND (t.not_before IS NULL OR t.not_before <= $now::TIMESTAMPTZ))
    OR (t.state = 'blocked' AND t.waiting_on IS NOT NULL AND q.state IN ('answered', 'approved', 'rejected', 'asked'))
    OR (t.state = 'blocked' AND q.key IS NULL AND (t.waiting_on IS NOT NULL OR t.hash IS NULL))
ORDER BY t.requested_at, t.stream
LIMIT $limit
