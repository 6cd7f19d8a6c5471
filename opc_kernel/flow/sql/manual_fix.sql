-- How often did a person have to say how work goes on, of which capability and kind, and out of how many tasks?
SELECT
    split_part(kind, '.', 1) AS capability,
    kind,
    sum(fixes)::BIGINT AS fixes,
    count(*) FILTER (fixes > 0) AS tasks_fixed,
    count(*) AS tasks
FROM task
GROUP BY ALL
HAVING sum(fixes) > 0
ORDER BY fixes DESC, kind
