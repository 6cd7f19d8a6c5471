-- Which streams of memory are about these alone: facts, contradictions, what keeps two apart, items?
SELECT stream FROM fact WHERE list_contains($members::VARCHAR[], subject)
UNION ALL
SELECT stream FROM contradiction WHERE list_contains($members::VARCHAR[], subject)
UNION ALL
SELECT stream FROM apart
WHERE list_contains($members::VARCHAR[], first) OR list_contains($members::VARCHAR[], second)
UNION ALL
SELECT stream FROM memory_item WHERE len(entities) > 0 AND list_has_all($members::VARCHAR[], entities)
ORDER BY stream
