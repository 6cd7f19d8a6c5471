-- Whom do these values name? What is merged is one; said is it of the member that bore the value first.
SELECT fact.predicate, fact.value, arg_min(fact.subject, fact.position) AS subject
FROM fact
JOIN entity_now ON entity_now.stream = fact.subject
WHERE fact.stands
    AND list_contains($predicates::VARCHAR[], fact.predicate)
    AND fact.value IN (SELECT unnest($values::VARCHAR[]))
GROUP BY fact.predicate, fact.value
HAVING count(DISTINCT entity_now.root) = 1
