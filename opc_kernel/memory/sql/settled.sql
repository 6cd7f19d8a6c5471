-- Of which two groups was it said, or found before, whether they are the same?
SELECT DISTINCT one.root, other.root
FROM (SELECT first, second FROM apart UNION ALL SELECT first, second FROM likeness) AS pair
JOIN entity_now AS one ON one.stream = pair.first
JOIN entity_now AS other ON other.stream = pair.second
WHERE list_contains($streams::VARCHAR[], pair.first) OR list_contains($streams::VARCHAR[], pair.second)
