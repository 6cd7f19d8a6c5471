-- Who is one with any of these, by now?
SELECT stream, kind, name
FROM entity_now
WHERE root IN (SELECT root FROM entity_now WHERE list_contains($entities::VARCHAR[], stream))
ORDER BY stream
