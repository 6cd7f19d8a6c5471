-- Which rules did the operator adopt, in the order of their adoption?
SELECT stream, version, rule
FROM rule
WHERE state = 'adopted'
    AND rule IS NOT NULL
ORDER BY adopted_at, stream
