-- What did a policy propose to forget, and what became of it? `done` is for the log to say: see `forgotten`.
WITH last AS (
    SELECT
        stream,
        max(version) AS version,
        max(position) AS position,
        arg_max(type, position) AS last_type,
        arg_max(data, position) FILTER (type = 'memory.forgetting_due') AS due,
        arg_max(data, position) FILTER (type = 'memory.forgetting_approved') AS approved
    FROM folded
    GROUP BY stream
)
SELECT
    stream,
    version,
    position,
    CASE last_type
        WHEN 'memory.forgetting_due' THEN 'due'
        WHEN 'memory.forgetting_approved' THEN 'approved'
        ELSE 'dropped'
    END AS state,
    due->>'policy' AS policy,
    (due->'entities')::VARCHAR[] AS entities,
    (due->'events')::VARCHAR[] AS events,
    (due->>'last_on')::DATE AS last_on,
    (due->>'days')::INTEGER AS days,
    due->>'reason' AS reason,
    approved->>'shown' AS shown,
    approved->>'row' AS row,
    approved->>'account' AS account
FROM last
