-- Which items have nobody who speaks for them any more, since that was erased, or lost what it said of them?
SELECT list(item.stream ORDER BY item.position)[:$most] AS streams
FROM memory_item AS item
LEFT JOIN memory_item AS spoken ON spoken.stream = item.folded_into
WHERE item.state = 'folded' AND item.stream NOT IN (SELECT unnest($passed::VARCHAR[]))
    AND (spoken.stream IS NULL OR (spoken.kind = 'summary' AND NOT list_has_all(spoken.sources, item.sources)))
