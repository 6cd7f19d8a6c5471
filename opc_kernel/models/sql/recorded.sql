-- Which answer was recorded for a request, the latest first? Only that of one model at one host, where these are named.
SELECT stream, answer, model
FROM model_call
WHERE request = $request
    AND state = 'answered'
    AND answer IS NOT NULL
    AND ($model::VARCHAR IS NULL OR (model = $model AND host = $host))
ORDER BY position DESC
LIMIT 1
