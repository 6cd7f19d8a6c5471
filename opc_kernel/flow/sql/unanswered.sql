-- Which events of a type have no task of this kind yet?
SELECT e.event_id, e.stream, e.correlation_id
FROM event_now AS e
ANTI JOIN task AS t ON t.trigger = e.event_id AND t.kind = $kind
WHERE e.type = $type
ORDER BY e.position
LIMIT $limit
