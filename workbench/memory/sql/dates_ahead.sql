-- What renews, is due or must be given notice from a day on until another, and of what is it? The nearest first.
SELECT
    fact.value::DATE AS day,
    fact.predicate,
    entity_now.root AS entity,
    coalesce(speaking.name, entity_now.name) AS name,
    entity_now.kind,
    fact.origin,
    fact.sources,
    fact.stream
FROM fact
JOIN entity_now ON entity_now.stream = fact.subject
LEFT JOIN entity_now AS speaking ON speaking.stream = entity_now.root
WHERE fact.stands
    AND fact.predicate IN ('renews_on', 'notice_by', 'deadline')
    AND fact.value BETWEEN $first::DATE::VARCHAR AND $last::DATE::VARCHAR
ORDER BY day, name, fact.predicate, fact.stream
