-- Who shares words and facts with this entity, those who share most first?
WITH said AS (
    SELECT unnest(entities) AS stream, count(*) AS items
    FROM memory_item
    WHERE list_has_any(entities, $members::VARCHAR[]) AND state = 'kept' AND position <= $position
    GROUP BY 1
),
told AS (
    SELECT subject, predicate, value
    FROM fact_history
    WHERE predicate IN ('works_at', 'contact')
        AND position <= $position
        AND coalesce(ended_position > $position, true)
),
tied AS (
    SELECT entity.stream, told.predicate AS tie, NULL AS back
    FROM told
    JOIN entity ON lower(entity.name) = lower(told.value)
    WHERE list_contains($members::VARCHAR[], told.subject)
    UNION ALL
    SELECT subject, NULL, predicate
    FROM told
    WHERE list_contains(list_transform($names::VARCHAR[], lambda name: lower(name)), lower(value))
),
near AS (
    SELECT stream, items, NULL AS tie, NULL AS back FROM said
    UNION ALL
    SELECT stream, 0, tie, back FROM tied
)
SELECT
    entity_now.root,
    any_value(root.name) AS name,
    sum(near.items)::BIGINT AS items,
    list(DISTINCT near.tie) FILTER (near.tie IS NOT NULL) AS ties,
    list(DISTINCT near.back) FILTER (near.back IS NOT NULL) AS backs,
    count(*) OVER () AS total
FROM near
JOIN entity_now ON entity_now.stream = near.stream
JOIN entity AS root ON root.stream = entity_now.root
WHERE NOT list_contains($members::VARCHAR[], entity_now.root)
GROUP BY entity_now.root
ORDER BY len(coalesce(ties, [])) + len(coalesce(backs, [])) DESC, items DESC, name
LIMIT $limit
