-- Which runs began, or went on, since an instant, the newest first?
SELECT
    job_run.*,
    (
        SELECT any_value(later.run)
        FROM job_run AS later
        WHERE later.resumes = job_run.run
    ) AS later
FROM job_run
WHERE started_at >= $since::TIMESTAMPTZ OR state = 'running'
ORDER BY position DESC
LIMIT $limit
