-- Which steps came to their end, after a position? Their plans may not know it yet: a person may have ended them.
SELECT t.stream, t.plan, t.step, t.kind, t.state, t.output, t.rehearsed, t.effects IS NOT NULL AS acted, t.position
FROM task AS t
WHERE t.position > $after AND t.plan IS NOT NULL AND t.state IN ('completed', 'reconciled', 'failed', 'cancelled')
ORDER BY t.position
LIMIT $limit
