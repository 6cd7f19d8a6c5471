-- Whom are these items about, and in which story do they stand?
SELECT item.stream, item.title, item.speaker, entity_now.root, root.name, event.correlation_id
FROM memory_item AS item
JOIN event ON event.position = item.position
LEFT JOIN LATERAL (SELECT unnest(item.entities) AS stream) AS each ON true
LEFT JOIN entity_now ON entity_now.stream = each.stream
LEFT JOIN entity AS root ON root.stream = entity_now.root
WHERE item.stream IN (SELECT unnest($streams::VARCHAR[]))
ORDER BY item.stream, root.name
