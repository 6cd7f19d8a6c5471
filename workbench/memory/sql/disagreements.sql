-- Where did sources disagree about these, and what did a person say?
SELECT stream, predicate, stands, value, origin, settled_as, found_at, sources
FROM contradiction
WHERE list_contains($entities::VARCHAR[], subject)
ORDER BY position
