-- What was ever said of these, and does it stand?
SELECT
    predicate,
    value,
    coalesce(ended_by, 'stands') AS state,
    valid_from,
    valid_to,
    origin,
    confidence,
    recorded_at::DATE AS recorded_on,
    position,
    sources
FROM fact_history
WHERE list_contains($subjects::VARCHAR[], subject)
ORDER BY predicate, position
