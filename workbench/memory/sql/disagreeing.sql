-- What do two sources disagree on, and what stands of it now?
SELECT
    contradiction.version,
    contradiction.fact,
    contradiction.subject,
    contradiction.predicate,
    contradiction.stands,
    contradiction.value,
    contradiction.valid_from,
    contradiction.origin,
    contradiction.sources,
    coalesce(fact.stands, false) AS standing,
    fact.value AS value_now,
    fact.valid_from AS stood_from,
    fact.origin AS stood_origin,
    fact.sources AS stood_sources,
    root.name
FROM contradiction
LEFT JOIN fact ON fact.stream = contradiction.fact
LEFT JOIN entity_now ON entity_now.stream = contradiction.subject
LEFT JOIN entity AS root ON root.stream = entity_now.root
WHERE contradiction.stream = $stream AND contradiction.settled_as IS NULL
