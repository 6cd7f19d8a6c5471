-- Which plans are under way, and how far is each?
SELECT stream, title, state, completed_steps, step_count, due, composed_at
FROM plan
WHERE NOT finished
ORDER BY due NULLS LAST, composed_at, stream
LIMIT 100
