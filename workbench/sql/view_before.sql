-- Which row did this one take the place of?
SELECT key
FROM queue
WHERE replaced_by = $key
ORDER BY asked_position DESC
LIMIT 1
