-- What did the operator decide about the row that came of a call? That is the next row of its task, or else of its story.
WITH used AS (
    SELECT stream AS call, purpose, prompt, prompt_version, model, task, correlation_id, asked_position
    FROM model_call
    WHERE state IN ('answered', 'reused')
),
row_of AS (
    SELECT
        used.call,
        arg_min(queue.key, (queue.task IS DISTINCT FROM used.task, queue.asked_position)) AS key
    FROM used
    JOIN queue ON queue.asked_position > used.asked_position
        AND (queue.task = used.task OR queue.correlation_id = used.correlation_id)
    GROUP BY used.call
)
SELECT
    used.call,
    used.purpose,
    used.prompt,
    used.prompt_version,
    used.model,
    used.task,
    queue.key,
    queue.state,
    queue.decision,
    queue.note,
    queue.decided_at
FROM used
JOIN row_of USING (call)
JOIN queue USING (key)
ORDER BY used.asked_position
