-- What did the operator decide about the row that came of a call? That is the next row of its task, or else of its story.
WITH used AS (
    SELECT stream AS call, purpose, prompt, prompt_version, model, task, correlation_id, asked_position
    FROM model_call
    WHERE state IN ('answered', 'reused')
),
row_of AS (
    SELECT call, arg_min(key, (of_story, asked_position)) AS key
    FROM (
        SELECT used.call, queue.key, queue.asked_position, false AS of_story
        FROM used
        JOIN queue ON queue.task = used.task AND queue.asked_position > used.asked_position
        UNION ALL
        SELECT used.call, queue.key, queue.asked_position, true
        FROM used
        JOIN queue ON queue.correlation_id = used.correlation_id AND queue.asked_position > used.asked_position
    )
    GROUP BY call
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
