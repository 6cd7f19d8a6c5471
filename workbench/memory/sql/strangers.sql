-- Which of these entities are there, and are not one of those?
SELECT stream
FROM entity
WHERE list_contains($streams::VARCHAR[], stream) AND NOT list_contains($members::VARCHAR[], stream)
