-- Who is known, with how much? What is merged into another is told by that one.
SELECT
    each.root AS entity,
    root.kind,
    root.name,
    count(DISTINCT fact.stream) AS facts,
    count(DISTINCT item.stream) AS items,
    max(item.occurred_at)::DATE AS last_on
FROM entity_now AS each
JOIN entity AS root ON root.stream = each.root
LEFT JOIN fact ON fact.subject = each.stream AND fact.stands
LEFT JOIN (SELECT stream, occurred_at, unnest(entities) AS entity FROM memory_item WHERE state = 'kept') AS item
    ON item.entity = each.stream
GROUP BY each.root, root.kind, root.name
ORDER BY root.kind, root.name, each.root
