-- What was decided on rows that rest on an item, or on a fact of the same source?
WITH used AS (
    SELECT stream, approved, rejected FROM memory_use WHERE approved + rejected > 0
),
of_facts AS (
    SELECT unnest(fact.sources) AS event, used.approved, used.rejected
    FROM used JOIN fact USING (stream)
),
of_items AS (
    SELECT said.stream, of_facts.approved, of_facts.rejected
    FROM of_facts JOIN (SELECT stream, unnest(sources) AS event FROM memory_item) AS said USING (event)
)
SELECT stream, sum(approved)::DOUBLE AS approved, sum(rejected)::DOUBLE AS rejected
FROM (SELECT * FROM used UNION ALL SELECT * FROM of_items)
GROUP BY stream
ORDER BY stream
LIMIT 100000
