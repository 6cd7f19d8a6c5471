-- What left the machine for a model, to whom, for which task?
SELECT stream AS call, asked_at, host, model, purpose, task, customer, disclosed AS fields, request, asked_position, correlation_id
FROM model_call
WHERE remote
ORDER BY asked_position
