-- Of which jobs did the last run fail, and why?
SELECT job.name AS job, job_run.run, job_run.reason, job_run.started_at, job_run.mode
FROM job
JOIN job_run ON job_run.run = job.last_run
WHERE job.last_state = 'failed'
ORDER BY job.name
