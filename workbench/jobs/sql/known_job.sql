-- By which rules does each job run, and what is it doing?
SELECT
    name,
    version,
    cron,
    zone,
    missed,
    stale_after_s,
    time_limit_s,
    mode,
    parameters,
    handled_until,
    running,
    running_since,
    last_run,
    last_state,
    last_at,
    requested
FROM job
ORDER BY name
