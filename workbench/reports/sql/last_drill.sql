-- When did a run of this job last restore the backup aside to see that it can be?
SELECT max(ended_at)
FROM job_run
WHERE job = $job AND state = 'completed' AND outputs->>'drilled' = 'true'
