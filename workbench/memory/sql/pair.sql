-- Who speaks for the two that may be the same? The one that more is known of comes first: it goes on speaking.
SELECT root.stream
FROM likeness
JOIN entity_now AS each ON each.stream IN (likeness.first, likeness.second)
JOIN entity AS root ON root.stream = each.root
LEFT JOIN fact ON fact.subject = root.stream AND fact.stands
WHERE likeness.stream = $stream
GROUP BY root.stream, root.found_position
ORDER BY count(DISTINCT fact.stream) DESC, root.found_position
