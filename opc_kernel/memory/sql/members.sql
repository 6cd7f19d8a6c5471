-- By what is each person and firm known? `roots` or `streams` name the ones that are asked for, without both all are.
SELECT
    entity.stream,
    any_value(entity.root) AS root,
    any_value(entity.kind) AS kind,
    any_value(entity.name) AS name,
    any_value(entity.sources) AS sources,
    list({predicate: fact.predicate, value: fact.value} ORDER BY fact.position)
        FILTER (fact.stream IS NOT NULL) AS known
FROM entity_now AS entity
LEFT JOIN fact ON fact.subject = entity.stream AND fact.stands
    AND list_contains($predicates::VARCHAR[], fact.predicate)
WHERE entity.kind IN ('person', 'firm')
    AND ($roots::VARCHAR[] IS NULL OR list_contains($roots::VARCHAR[], entity.root))
    AND ($streams::VARCHAR[] IS NULL OR list_contains($streams::VARCHAR[], entity.stream))
GROUP BY entity.stream
ORDER BY entity.stream
