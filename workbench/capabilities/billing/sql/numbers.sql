-- Which numbers of our own invoices are taken, in the order in which they came: issued ones, then those set aside for
-- charges that are under way?
SELECT number
FROM (
    SELECT number, position, 0 AS later
    FROM invoice
    WHERE direction = 'out' AND kind = 'invoice'
    UNION ALL
    SELECT e.data->>'number', e.position, 1
    FROM event_now AS e
    JOIN plan AS p ON p.stream = (e.data->>'plan')
    WHERE e.type = 'billing.number_set_aside' AND NOT p.finished
)
WHERE number IS NOT NULL
ORDER BY later, position
