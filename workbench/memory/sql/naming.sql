-- Who named another as their firm or party by then, with everybody they speak for?
WITH named AS (
    SELECT entity_now.root, fact.value, fact.position
    FROM fact_history AS fact
    JOIN entity_now ON entity_now.stream = fact.subject
    WHERE fact.predicate IN ('party', 'works_at')
        AND fact.position <= $position
        AND coalesce(fact.ended_position > $position, true)
)
SELECT
    named.root AS stream,
    any_value(entity.kind) AS kind,
    any_value(entity.name) AS name,
    list(DISTINCT named.value) AS named,
    list(DISTINCT member.stream) AS members
FROM named
JOIN entity ON entity.stream = named.root
JOIN entity_now AS member ON member.root = named.root
GROUP BY named.root
ORDER BY min(named.position)
