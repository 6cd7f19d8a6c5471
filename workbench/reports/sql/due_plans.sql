-- Which plans and tasks must be done by an instant? The nearest first; a step of a plan is told by its plan.
SELECT stream, title AS what, due
FROM plan
WHERE NOT finished AND due < $before
UNION ALL
SELECT stream, kind, due
FROM task
WHERE NOT finished AND plan IS NULL AND due < $before
ORDER BY due, stream
