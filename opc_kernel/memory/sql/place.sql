-- How far has a look at the log come?
SELECT version, (data->>'up_to')::BIGINT AS up_to, data->>'captures' AS captures
FROM event
WHERE stream = $place
ORDER BY version DESC
LIMIT 1
