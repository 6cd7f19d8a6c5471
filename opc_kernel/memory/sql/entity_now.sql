-- Who speaks for each entity now? `root` is the end of its pointers; what is merged has another root than itself.
WITH RECURSIVE pointed AS (
    SELECT stream, stream AS root, merged_into, 0 AS steps FROM entity
    UNION ALL
    SELECT pointed.stream, entity.stream, entity.merged_into, steps + 1
    FROM pointed JOIN entity ON entity.stream = pointed.merged_into
    WHERE steps < 100
)
SELECT
    entity.stream,
    entity.version,
    entity.position,
    entity.kind,
    entity.name,
    entity.sources,
    ending.root,
    entity.found_at
FROM entity
JOIN (SELECT stream, arg_max(root, steps) AS root FROM pointed GROUP BY stream) AS ending USING (stream)
