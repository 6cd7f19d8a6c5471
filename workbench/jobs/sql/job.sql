-- By which rules does each job run, up to when is what was due seen to, and does a run of it go on?
WITH runs AS (
    SELECT
        stream,
        max(version) AS version,
        max(position) AS position,
        arg_max(data, version) FILTER (type = 'job.scheduled') AS rule,
        max(recorded_at) FILTER (type = 'job.scheduled') AS scheduled_at,
        max(coalesce(data->>'slot', data->>'last')::TIMESTAMPTZ) FILTER (type IN ('job.started', 'job.missed')) AS handled_until,
        arg_max({type: type, data: data, instant: recorded_at}, version) FILTER (
            type IN ('job.started', 'job.completed', 'job.failed')
        ) AS last,
        list(data->>'run') FILTER (type = 'job.started') AS begun,
        list({run: data->>'run', data: data} ORDER BY version) FILTER (type = 'job.requested') AS requests
    FROM folded
    GROUP BY stream
)
SELECT
    stream,
    version,
    position,
    split_part(stream, '/', 2) AS name,
    rule->>'cron' AS cron,
    rule->>'zone' AS zone,
    rule->>'missed' AS missed,
    (rule->>'stale_after_s')::INTEGER AS stale_after_s,
    (rule->>'time_limit_s')::INTEGER AS time_limit_s,
    rule->>'mode' AS mode,
    rule->'parameters' AS parameters,
    scheduled_at,
    greatest(scheduled_at, handled_until) AS handled_until,
    if(last.type = 'job.started', last.data, NULL) AS running,
    if(last.type = 'job.started', last.instant, NULL) AS running_since,
    last.data->>'run' AS last_run,
    CASE last.type
        WHEN 'job.started' THEN 'running'
        WHEN 'job.completed' THEN 'completed'
        WHEN 'job.failed' THEN 'failed'
    END AS last_state,
    last.instant AS last_at,
    [request.data FOR request IN coalesce(requests, []) IF NOT list_contains(coalesce(begun, []), request.run)] AS requested
FROM runs
