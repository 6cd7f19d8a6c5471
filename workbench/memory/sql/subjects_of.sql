-- Whom does what is known of an entity speak of? Whoever is merged with it, and those who work there.
WITH members AS (
    SELECT stream, name FROM entity_now WHERE root = (SELECT root FROM entity_now WHERE stream = $entity)
),
names AS (
    SELECT lower(name) AS name FROM members
    UNION
    SELECT lower(value) FROM fact WHERE stands AND predicate = 'name' AND subject IN (SELECT stream FROM members)
)
SELECT stream, name
FROM entity
WHERE stream IN (SELECT stream FROM members)
    OR stream IN (
        SELECT subject FROM fact WHERE stands AND predicate = 'works_at' AND lower(value) IN (SELECT name FROM names)
    )
ORDER BY stream
