-- Which rules were found in the operator's decisions, in which words does each stand, and what became of it?
SELECT
    stream,
    version,
    position,
    CASE last
        WHEN 'books.rule_proposed' THEN 'proposed'
        WHEN 'books.rule_adopted' THEN 'adopted'
        WHEN 'books.rule_declined' THEN 'declined'
        WHEN 'books.rule_dropped' THEN 'dropped'
    END AS state,
    proposed->>'task' AS task,
    proposed->'rule' AS proposed,
    coalesce(adopted, proposed)->'rule' AS rule,
    said->>'reason' AS reason,
    adopted_at
FROM (
    SELECT
        stream,
        max(version) AS version,
        max(position) AS position,
        arg_max(type, position) AS last,
        arg_max(data, position) AS said,
        any_value(data) FILTER (type = 'books.rule_proposed') AS proposed,
        any_value(data) FILTER (type = 'books.rule_adopted') AS adopted,
        max(recorded_at) FILTER (type = 'books.rule_adopted') AS adopted_at
    FROM folded
    GROUP BY stream
)
