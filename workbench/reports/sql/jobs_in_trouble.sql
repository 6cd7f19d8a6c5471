-- Which jobs failed since an instant without having run well after it, and which runs were never made?
WITH latest AS (
    SELECT job, max(started_at) FILTER (state = 'completed') AS good_at FROM job_run GROUP BY job
)
SELECT r.job, 'failed' AS what, count(*) AS runs, max(r.ended_at) AS last_at, arg_max(r.reason, r.position) AS reason
FROM job_run AS r
JOIN latest AS l USING (job)
WHERE r.state = 'failed' AND r.ended_at >= $since AND r.started_at > coalesce(l.good_at, '-infinity'::TIMESTAMPTZ)
GROUP BY r.job
UNION ALL
SELECT
    split_part(stream, '/', 2), 'missed', sum((data->>'count')::INTEGER)::BIGINT, max(recorded_at),
    arg_max(data->>'reason', position)
FROM event_now
WHERE type = 'job.missed' AND recorded_at >= $since
GROUP BY stream
ORDER BY last_at DESC, job
