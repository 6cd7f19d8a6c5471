-- Which persons and firms are new, or have a new name or address?
SELECT DISTINCT entity.stream
FROM (
    SELECT if(type = 'memory.entity_found', stream, data->>'subject') AS touched
    FROM event
    WHERE position > $after
        AND position <= $until
        AND data IS NOT NULL
        AND (
            type = 'memory.entity_found'
            OR (type = 'memory.fact_asserted' AND list_contains($predicates::VARCHAR[], data->>'predicate'))
        )
)
JOIN entity ON entity.stream = touched
WHERE entity.kind IN ('person', 'firm')
ORDER BY entity.stream
