-- What do these facts and items of memory say, and where do the events stand that they come from?
WITH used AS (
    SELECT stream, predicate AS kind, value AS text, sources FROM fact WHERE list_contains($streams::VARCHAR[], stream)
    UNION ALL
    SELECT stream, kind, text, sources FROM memory_item WHERE list_contains($streams::VARCHAR[], stream)
)
SELECT
    stream,
    kind,
    text,
    (SELECT list_sort(list(position)) FROM event WHERE list_contains(used.sources, event_id)) AS positions
FROM used
ORDER BY list_position($streams::VARCHAR[], stream)
