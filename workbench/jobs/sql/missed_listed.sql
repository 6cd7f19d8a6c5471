-- What was missed since an instant, the newest first?
SELECT job, first, last, count, reason, recorded_at, position
FROM job_missed
WHERE last >= $since::TIMESTAMPTZ
ORDER BY position DESC
LIMIT $limit
