-- How is the work of each capability: what is open, in which state and since when, what failed, what did a person fix?
SELECT
    split_part(kind, '.', 1) AS capability,
    count(*) FILTER (state = 'requested') AS requested,
    count(*) FILTER (state = 'in-progress') AS in_progress,
    count(*) FILTER (state = 'blocked') AS blocked,
    count(*) FILTER (state IN ('completed', 'reconciled')) AS done,
    count(*) FILTER (state = 'failed') AS failed,
    count(*) FILTER (state = 'cancelled') AS cancelled,
    min(requested_at) FILTER (state IN ('requested', 'in-progress', 'blocked')) AS oldest_at,
    sum(attempts)::BIGINT AS failed_attempts,
    sum(fixes)::BIGINT AS manual_fixes
FROM task
GROUP BY capability
ORDER BY capability
