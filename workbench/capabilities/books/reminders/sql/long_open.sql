-- Which invoices of ours were due before a day, so long ago that reminders as for a new one would be wrong?
-- The oldest first; those that the operator wants to wait with, or to be asked about alone, are not among them.
SELECT o.stream
FROM invoice_owed AS o
WHERE o.owed > 0
    AND o.due_on < $before::DATE
    AND o.level = 0
    AND o.reminders = 'on'
    AND o.resumed_on IS NULL
    AND NOT o.is_alone
    AND coalesce(o.postponed_until, o.due_on) <= $day::DATE
    AND split_part(o.stream, '/', 2) IN (
        SELECT split_part(subject, '/', 2)
        FROM task
        WHERE kind = 'books.remind' AND state IN ('requested', 'in-progress', 'blocked')
    )
ORDER BY o.due_on, o.number, o.stream
LIMIT $limit
