-- Which tasks can a worker do something about now? Requested ones whose time has come, those whose lease ran out (or claims
-- to run absurdly long) or whose worker is gone, blocked ones whose row is decided or was erased. While effects are held,
-- what has them to do waits for the release and for nothing else.
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
LEFT JOIN row AS q ON q.stream = t.waiting_on
WHERE
    (
        t.state = 'requested'
        AND (t.not_before IS NULL OR t.not_before <= $now::TIMESTAMPTZ)
        AND NOT ((t.effects IS NOT NULL OR t.kind = 'effects.undo') AND EXISTS (FROM hold WHERE held))
    )
    OR (
        t.state = 'in-progress'
        AND (
            t.lease_until IS NULL
            OR t.lease_until <= $now::TIMESTAMPTZ
            OR t.lease_until > $absurd::TIMESTAMPTZ
            OR list_contains($gone::VARCHAR[], t.worker)
        )
    )
    OR (t.state = 'blocked' AND t.waiting_on IS NOT NULL AND q.state IN ('answered', 'approved', 'rejected', 'asked'))
    OR (t.state = 'blocked' AND q.stream IS NULL AND (t.waiting_on IS NOT NULL OR t.hash IS NULL))
ORDER BY t.priority DESC, t.due NULLS LAST, t.requested_at, t.stream
LIMIT $limit
