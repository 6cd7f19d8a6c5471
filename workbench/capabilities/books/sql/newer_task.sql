-- Does a task of the same kind, asked for later, see to one of these streams?
SELECT count(*) > 0 AS there_is
FROM task AS t
JOIN event AS e ON e.event_id = t.trigger
WHERE t.kind = $kind
    AND list_contains($subjects::VARCHAR[], t.subject)
    AND t.state IN ('requested', 'in-progress', 'blocked')
    AND t.stream <> $task
    AND e.position > (SELECT position FROM event WHERE event_id = $trigger)
