-- Tasks by kind and state
SELECT kind, state, count(*) AS tasks
FROM task
GROUP BY ALL
ORDER BY kind, state
