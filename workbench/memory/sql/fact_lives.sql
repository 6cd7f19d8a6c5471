-- What was ever said of these, for which days, and until when did it stand in the log? What stands comes first.
SELECT
    stream,
    event_id,
    position,
    subject,
    predicate,
    value,
    coalesce(ended_by, 'stands') AS state,
    valid_from,
    valid_to,
    origin,
    confidence,
    recorded_at,
    recorded_at::DATE AS recorded_on,
    ended_at,
    ended_position,
    sources
FROM fact_history
WHERE list_contains($subjects::VARCHAR[], subject) AND position <= $position
ORDER BY predicate, ended_by IS NOT NULL, position DESC
