-- Which events of a type have no task of this kind yet? What was erased asks for nothing, and a task that was erased was
-- there.
SELECT e.event_id, e.stream, e.correlation_id
FROM event_now AS e
ANTI JOIN task AS t ON t.trigger = e.event_id AND t.kind = $kind
WHERE e.type = $type
    AND e.data IS NOT NULL
    AND e.event_id NOT IN (
        SELECT causation_id FROM event WHERE type = 'task.requested' AND data IS NULL AND causation_id IS NOT NULL
    )
ORDER BY e.position
LIMIT $limit
