-- Who is the same as this entity now? All that are merged with it, it among them; nobody where it is not known.
SELECT stream
FROM entity_now
WHERE root = (SELECT root FROM entity_now WHERE stream = $entity)
ORDER BY stream
