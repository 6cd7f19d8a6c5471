-- Of which people and firms, that never were customer or supplier, was nothing heard since a day?
-- Whoever works at a customer's or supplier's is heard of by them.
WITH
member AS (SELECT stream, root FROM entity_now WHERE kind IN ('person', 'firm')),
said AS (
    SELECT
        member.root,
        max(fact_history.recorded_at) FILTER (origin <> 'inferred') AS heard_at,
        bool_or(predicate = 'role' AND value IN ('customer', 'supplier')) AS deals,
        list(lower(value)) FILTER (predicate = 'works_at') AS houses
    FROM fact_history
    JOIN member ON member.stream = fact_history.subject
    GROUP BY member.root
),
wrote AS (
    SELECT member.root, max(item.occurred_at) AS heard_at
    FROM (
        SELECT occurred_at, unnest(entities) AS entity FROM memory_item WHERE kind <> 'summary'
    ) AS item
    JOIN member ON member.stream = item.entity
    GROUP BY member.root
),
partner AS (
    SELECT lower(entity.name) AS name FROM said JOIN entity ON entity.stream = said.root WHERE said.deals
)
SELECT
    entity.stream,
    entity.name,
    greatest(entity.found_at, said.heard_at, wrote.heard_at) AS heard_at
FROM entity
JOIN member ON member.stream = entity.stream AND member.root = entity.stream
LEFT JOIN said ON said.root = entity.stream
LEFT JOIN wrote ON wrote.root = entity.stream
WHERE NOT coalesce(said.deals, false)
    AND NOT list_has_any(coalesce(said.houses, []), (SELECT coalesce(list(name), []) FROM partner))
    AND greatest(entity.found_at, said.heard_at, wrote.heard_at) < $before
ORDER BY heard_at, entity.stream
LIMIT $limit
