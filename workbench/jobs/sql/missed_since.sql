-- How many runs of each job were missed since an instant, from when to when, and why was the last of them?
SELECT job, sum(count)::INTEGER AS count, min(first) AS first, max(last) AS last, arg_max(reason, position) AS reason
FROM job_missed
WHERE recorded_at >= $since::TIMESTAMPTZ
GROUP BY job
ORDER BY job
