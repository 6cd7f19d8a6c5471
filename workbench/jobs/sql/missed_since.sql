-- How many runs of each job were missed for this reason since an instant, and from when to when?
SELECT job, sum(count)::INTEGER AS count, min(first) AS first, max(last) AS last, $reason AS reason
FROM job_missed
WHERE recorded_at >= $since::TIMESTAMPTZ AND reason = $reason
GROUP BY job
ORDER BY job
