-- What were these ever called, and what identifies them?
SELECT DISTINCT predicate, value
FROM fact_history
WHERE list_contains($members::VARCHAR[], subject) AND list_contains($predicates::VARCHAR[], predicate)
ORDER BY predicate, value
