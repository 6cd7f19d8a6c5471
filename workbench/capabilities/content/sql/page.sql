-- Which pages were put on the site, and are they there? `key` is what the page bears; rehearsed ones lie in the sandbox.
SELECT
    e.target AS name,
    split_part(e.stream, '/', 2) AS key,
    e.intent->'fields'->>'title' AS title,
    e.mode,
    CASE WHEN e.state = 'compensated' OR d.target IS NOT NULL THEN 'taken down' ELSE 'published' END AS state,
    e.account,
    e.sent_at AS published_at,
    e.position,
    e.correlation_id
FROM effect AS e
LEFT JOIN effect AS d
    ON d.kind = 'site.unpublish'
    AND d.state IN ('sent', 'confirmed')
    AND d.mode = e.mode
    AND (d.intent->'fields'->>'page') = split_part(e.stream, '/', 2)
WHERE e.kind = 'site.publish' AND e.state IN ('sent', 'confirmed', 'undoing', 'compensated')
