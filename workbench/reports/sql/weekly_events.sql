-- What happened in a week, and in the one before, by type?
SELECT
    type,
    count(*) FILTER (recorded_at >= $begin)::INTEGER AS this_week,
    count(*) FILTER (recorded_at < $begin)::INTEGER AS week_before
FROM event
WHERE recorded_at >= $before AND recorded_at < $end
GROUP BY type
ORDER BY this_week DESC, week_before DESC, type
