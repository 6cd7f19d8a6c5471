-- What happened since an instant, by type?
SELECT type, count(*) AS events
FROM event
WHERE recorded_at >= $since
GROUP BY type
ORDER BY events DESC, type
