-- Which rows did the operator decide in a time, when and how?
SELECT decided_at, decision
FROM queue
WHERE decided_at >= $first AND decided_at < $end AND decision IS NOT NULL
ORDER BY decided_at, key
