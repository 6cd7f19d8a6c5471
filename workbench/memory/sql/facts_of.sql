-- What stands of an entity, of whoever is merged with it, and of those who work there? The newest first.
WITH members AS (
    SELECT stream, name FROM entity_now WHERE root = (SELECT root FROM entity_now WHERE stream = $entity)
),
names AS (
    SELECT lower(name) AS name FROM members
    UNION
    SELECT lower(value) FROM fact WHERE stands AND predicate = 'name' AND subject IN (SELECT stream FROM members)
)
SELECT
    fact.stream,
    whose.name AS said_of,
    fact.predicate,
    fact.value,
    fact.valid_from,
    fact.valid_to,
    fact.origin,
    fact.sources
FROM fact
JOIN entity AS whose ON whose.stream = fact.subject
WHERE fact.stands
    AND (
        fact.subject IN (SELECT stream FROM members)
        OR fact.subject IN (
            SELECT subject FROM fact WHERE stands AND predicate = 'works_at' AND lower(value) IN (SELECT name FROM names)
        )
    )
ORDER BY fact.recorded_at DESC, fact.stream
