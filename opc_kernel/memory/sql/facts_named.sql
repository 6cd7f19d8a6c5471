-- What stands of these facts, and of whom?
SELECT fact.stream, fact.value, fact.stands, fact.origin, coalesce(entity.name, '') AS name
FROM fact
LEFT JOIN entity ON entity.stream = fact.subject
WHERE list_contains($streams::VARCHAR[], fact.stream)
