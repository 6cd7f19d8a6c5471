-- What stands of others who are the same as these?
SELECT
    said.stream AS member,
    fact.stream,
    fact.version,
    fact.subject,
    fact.predicate,
    fact.value,
    fact.valid_from,
    fact.origin,
    fact.stands
FROM entity_now AS said
JOIN entity_now AS other ON other.root = said.root AND other.stream <> said.stream
JOIN fact ON fact.subject = other.stream
WHERE list_contains($subjects::VARCHAR[], said.stream) AND fact.stands
ORDER BY fact.position
