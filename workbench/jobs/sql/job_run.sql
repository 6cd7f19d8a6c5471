-- What became of each run of each job?
WITH happened AS (
    SELECT stream, type, data, recorded_at, position
    FROM event_now
    WHERE starts_with(stream, 'job/') AND type IN ('job.started', 'job.completed', 'job.failed')
)
SELECT
    started.data->>'run' AS run,
    split_part(started.stream, '/', 2) AS job,
    (started.data->>'slot')::TIMESTAMPTZ AS slot,
    started.data->>'trigger' AS "trigger",
    started.data->>'mode' AS mode,
    CASE ended.type WHEN 'job.completed' THEN 'completed' WHEN 'job.failed' THEN 'failed' ELSE 'running' END AS state,
    started.recorded_at AS started_at,
    ended.recorded_at AS ended_at,
    (ended.data->>'duration_s')::DOUBLE AS duration_s,
    started.data->'parameters' AS parameters,
    ended.data->>'summary' AS summary,
    ended.data->'outputs' AS outputs,
    ended.data->'events' AS events,
    ended.data->'effects' AS effects,
    ended.data->>'reason' AS reason,
    (ended.data->>'cell')::INTEGER AS cell,
    ended.data->>'source' AS source,
    ended.data->>'error' AS error,
    coalesce((ended.data->>'lost')::BOOLEAN, false) AS lost,
    ended.data->>'notebook' AS notebook,
    ended.data->>'notebook_hash' AS notebook_hash,
    started.data->>'resumes' AS resumes,
    started.data->>'root' AS root,
    (started.data->>'attempt')::INTEGER AS attempt,
    started.data->>'worker' AS worker,
    started.position
FROM happened AS started
LEFT JOIN happened AS ended
    ON ended.stream = started.stream AND ended.type <> 'job.started' AND ended.data->>'run' = started.data->>'run'
WHERE started.type = 'job.started'
