-- Whom do these values name? What was merged is found as the one it was merged into.
SELECT fact.predicate, fact.value, any_value(entity_now.root) AS root
FROM fact
JOIN entity_now ON entity_now.stream = fact.subject
WHERE fact.stands
    AND list_contains($predicates::VARCHAR[], fact.predicate)
    AND fact.value IN (SELECT unnest($values::VARCHAR[]))
GROUP BY ALL
HAVING count(DISTINCT entity_now.root) = 1
