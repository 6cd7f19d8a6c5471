-- Which rows wait for the operator, and as what?
SELECT key, hash
FROM queue
WHERE state = 'open' AND (deferred_until IS NULL OR deferred_until <= $today::DATE)
ORDER BY key
