-- Whom is a row of the queue about? Those whose facts and items rest on the events it rests on; what is merged is one.
WITH named AS (
    SELECT unnest(from_json(facts, '["VARCHAR"]')) AS event_id FROM queue WHERE key = $row
),
resting AS (
    SELECT subject AS entity FROM fact WHERE stands AND list_has_any(sources, (SELECT list(event_id) FROM named))
    UNION
    SELECT unnest(entities) FROM memory_item WHERE list_has_any(sources, (SELECT list(event_id) FROM named))
)
SELECT DISTINCT entity_now.root, root.name
FROM resting
JOIN entity_now ON entity_now.stream = resting.entity
JOIN entity AS root ON root.stream = entity_now.root
WHERE root.kind IN ('person', 'firm')
