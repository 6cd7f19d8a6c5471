-- Which categories do invoices name, the newest first?
SELECT category
FROM invoice
WHERE category <> ''
GROUP BY category
ORDER BY max(position) DESC, category
