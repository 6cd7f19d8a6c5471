-- Which transactions were settled in a time, when, and by whom?
SELECT settled_at, decided_by
FROM settlement
WHERE settled_at >= $first AND settled_at < $end AND decided_by IS NOT NULL
ORDER BY settled_at, stream
