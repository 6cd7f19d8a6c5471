-- When did the last run of a job that came to its end begin, and what did it come to?
SELECT started_at, ended_at, summary, outputs
FROM job_run
WHERE job = $job AND state = 'completed'
ORDER BY position DESC
LIMIT 1
