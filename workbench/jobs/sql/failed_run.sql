-- Which run failed, and did one come after it that makes this one's mending needless?
SELECT job_run.*, (
    SELECT any_value(later.run)
    FROM job_run AS later
    WHERE later.job = job_run.job AND later.position > job_run.position
    AND (
        later.resumes = job_run.run
        OR (later.parameters = job_run.parameters AND (later.state = 'completed' OR (later.state = 'failed' AND is_latest)))
    )
) AS later
FROM job_run
JOIN (SELECT name, missed <> 'each' AS is_latest FROM job) AS job ON job.name = job_run.job
WHERE run = (SELECT data->>'run' FROM event_now WHERE event_id = $id)
