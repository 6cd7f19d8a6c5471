-- What did a run append, its own story aside, and which streams of effects are among it?
SELECT type, list(DISTINCT stream) FILTER (starts_with(stream, 'effect/')) AS effects, count(*) AS events
FROM event
WHERE position > $after AND correlation_id = $story AND NOT starts_with(stream, 'job/') AND NOT starts_with(stream, 'job_run/')
GROUP BY type
ORDER BY type
