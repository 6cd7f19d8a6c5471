-- How far is each plan? The conductor reads a plan's own events; this is for lists and pages.
WITH last AS (
    SELECT
        stream,
        max(version) AS version,
        max(position) AS position,
        min(recorded_at) AS composed_at,
        max(recorded_at) AS updated_at,
        any_value(correlation_id) FILTER (type = 'plan.composed') AS correlation_id,
        any_value(data) FILTER (type = 'plan.composed') AS composed,
        arg_max(type, position) FILTER (type <> 'plan.step_finished') AS transition,
        arg_max(data, position) FILTER (type <> 'plan.step_finished') AS said,
        list(data->>'step' ORDER BY position) FILTER (type = 'plan.step_finished') AS finished_steps,
        list(position) FILTER (type = 'plan.step_finished' AND data->>'state' = 'completed') AS completions,
        min(position) FILTER (type = 'plan.compensating') AS turned_back,
        max(data->>'reason') FILTER (type = 'plan.compensating') AS why_back,
        coalesce(bool_or((data->>'rehearsed') = 'true') FILTER (type = 'plan.step_finished'), false) AS rehearsed
    FROM folded
    GROUP BY stream
)
SELECT
    stream,
    version,
    position,
    CASE transition
        WHEN 'plan.composed' THEN 'composed'
        WHEN 'plan.started' THEN 'running'
        WHEN 'plan.compensating' THEN 'compensating'
        WHEN 'plan.completed' THEN 'completed'
        WHEN 'plan.compensated' THEN 'compensated'
        WHEN 'plan.failed' THEN 'failed'
    END AS state,
    transition IN ('plan.completed', 'plan.compensated', 'plan.failed') AS finished,
    composed->>'workflow' AS workflow,
    (composed->>'workflow_version')::INTEGER AS workflow_version,
    composed->>'title' AS title,
    composed->>'asked' AS asked,
    composed->'steps' AS steps,
    json_array_length(composed->'steps') AS step_count,
    len([each FOR each IN coalesce(completions, []) IF each < coalesce(turned_back, each + 1)]) AS completed_steps,
    coalesce(finished_steps, []) AS finished_steps,
    composed->'inputs' AS inputs,
    composed->'budget' AS budget,
    (composed->>'due')::TIMESTAMPTZ AS due,
    coalesce(said->>'reason', why_back) AS reason,
    rehearsed,
    composed_at,
    updated_at,
    correlation_id
FROM last
