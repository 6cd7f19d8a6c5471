-- Which words are recalled no more, because another item speaks for them or nobody used them, and why?
SELECT item.stream, item.version, item.kind, item.title, item.text, item.state, item.reason, item.occurred_at,
    item.folded_into, event.recorded_at, event.position, event.actor, count(*) OVER () AS total
FROM memory_item AS item
JOIN event ON event.position = item.position
WHERE item.state <> 'kept'
ORDER BY item.position DESC
LIMIT $limit
