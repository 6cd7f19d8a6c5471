-- Which letter did an effect only rehearse, for which invoice, and what was open when it was approved?
SELECT
    'invoice/' || split_part(t.subject, '/', 2) AS invoice,
    e.intent,
    q.amount,
    q.currency
FROM effect AS e
JOIN task AS t ON t.stream = e.task
LEFT JOIN queue AS q ON q.key = e.approval
WHERE e.stream = $effect AND e.mode = 'sandbox' AND t.kind = 'books.remind'
