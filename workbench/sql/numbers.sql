-- How does the company stand, in numbers?
SELECT
    (SELECT count(*) FROM bank_transaction WHERE state = 'booked') AS transactions,
    (SELECT count(*) FROM bank_statement) AS statements,
    (SELECT count(DISTINCT account) FROM bank_transaction) AS accounts,
    (SELECT count(*) FROM invoice) AS invoices,
    (SELECT count(*) FROM invoice WHERE state = 'open') AS open_invoices,
    (SELECT count(*) FROM settlement WHERE decided_by = 'automatic') AS settled_automatically,
    (SELECT count(*) FROM settlement WHERE decided_by = 'operator') AS settled_by_operator,
    (SELECT count(*) FROM task WHERE state IN ('requested', 'in-progress', 'blocked')) AS open_tasks,
    (SELECT count(*) FROM event) AS events
