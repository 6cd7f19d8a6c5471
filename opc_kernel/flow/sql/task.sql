-- What is each task's state now, and what does it wait for? A task without side effects needs no read-back.
-- What was shown and decided before it was blocked last is about another row of the queue.
WITH last AS (
    SELECT
        stream,
        max(version) AS version,
        max(position) AS position,
        min(recorded_at) AS requested_at,
        max(recorded_at) AS updated_at,
        any_value(correlation_id) FILTER (type = 'task.requested') AS correlation_id,
        any_value(data) FILTER (type = 'task.requested') AS request,
        arg_max(type, position) FILTER (changes) AS transition,
        arg_max(data, position) FILTER (changes AND type <> 'task.reconciled') AS said,
        arg_max(data, position) FILTER (type IN ('task.started', 'task.extended')) AS lease,
        arg_max(data, position) FILTER (type = 'task.checkpointed') AS noted,
        arg_max(data->'effects', position) FILTER (type = 'task.acting') AS acts,
        max(version) FILTER (type = 'task.started') AS token,
        arg_max(data->>'worker', position) FILTER (type = 'task.started') AS worker,
        list(position) FILTER (type = 'task.retried' AND data->>'lost' = 'true') AS losses,
        max(position) FILTER (
            type IN ('task.blocked', 'task.checkpointed') OR (type = 'task.retried' AND (data->>'lost') IS DISTINCT FROM 'true')
        ) AS got_on,
        arg_max(data, position) FILTER (type = 'task.retried') AS retry,
        count(*) FILTER (type = 'task.retried' AND (data->>'waits') IS DISTINCT FROM 'true') AS attempts,
        arg_max(data, position) FILTER (type = 'task.blocked') AS block,
        arg_max({data: data, instant: occurred_at, position: position}, position) FILTER (
            type = 'task.blocked' AND data->>'hash' <> ''
        ) AS row,
        list({instant: occurred_at, position: position}) FILTER (type = 'task.shown') AS shown,
        arg_max({data: data, instant: occurred_at, position: position}, position) FILTER (type = 'task.decided') AS decided,
        list(source_id) FILTER (type = 'task.decided' AND source_id IS NOT NULL) AS entries,
        count(*) FILTER (type = 'task.decided') AS fixes
    FROM (
        SELECT
            *,
            type NOT IN ('task.shown', 'task.decided', 'task.acting', 'task.extended', 'task.checkpointed') AS changes
        FROM folded
    )
    GROUP BY stream
),
present AS (
    SELECT
        from_json(request, '{
            "kind": "VARCHAR",
            "agent": "VARCHAR",
            "subject": "VARCHAR",
            "trigger": "VARCHAR",
            "required_approvals": "JSON",
            "side_effects": "JSON",
            "rollback_plan": "VARCHAR",
            "plan": "VARCHAR",
            "step": "VARCHAR",
            "inputs": "JSON",
            "due": "TIMESTAMPTZ",
            "priority": "INTEGER"
        }') AS asked,
        CASE transition
            WHEN 'task.requested' THEN 'requested'
            WHEN 'task.started' THEN 'in-progress'
            WHEN 'task.retried' THEN 'requested'
            WHEN 'task.blocked' THEN 'blocked'
            WHEN 'task.completed' THEN if(acts IS NULL, 'reconciled', 'completed')
            WHEN 'task.reconciled' THEN 'reconciled'
            WHEN 'task.failed' THEN 'failed'
            WHEN 'task.cancelled' THEN 'cancelled'
        END AS state,
        * REPLACE (if(decided.position > row.position, decided, NULL) AS decided),
        list_min([one.instant FOR one IN shown IF one.position > row.position]) AS first_shown_at
    FROM last
)
SELECT
    stream,
    version,
    position,
    state,
    state IN ('reconciled', 'failed', 'cancelled') AS finished,
    asked.kind,
    asked.agent,
    asked.subject,
    asked.trigger,
    asked.required_approvals,
    asked.side_effects,
    asked.rollback_plan,
    (coalesce(retry, request)->>'not_before')::TIMESTAMPTZ AS not_before,
    attempts,
    fixes,
    len([loss FOR loss IN coalesce(losses, []) IF loss > coalesce(got_on, 0)]) AS takeovers,
    token,
    worker,
    if(state = 'in-progress', (lease->>'until')::TIMESTAMPTZ, NULL) AS lease_until,
    asked.plan,
    coalesce(asked.step, '') AS step,
    asked.inputs,
    noted->'state' AS checkpoint,
    from_json(acts, '["VARCHAR"]') AS effects,
    coalesce(asked.priority, 0) AS priority,
    asked.due,
    said->'output' AS output,
    coalesce((said->>'rehearsed') = 'true', false) AS rehearsed,
    block->>'waiting_on' AS waiting_on,
    coalesce(said->>'reason', said->>'result') AS reason,
    row.data->>'reason' AS blocked_reason,
    row.data->>'tried' AS tried,
    row.data->'options' AS options,
    row.data->>'hash' AS hash,
    row.instant AS blocked_at,
    row.position AS blocked_position,
    first_shown_at,
    decided.data->>'choice' AS choice,
    decided.data->>'note' AS note,
    decided.data->>'channel' AS channel,
    decided.data->>'account' AS account,
    decided.instant AS decided_at,
    decided.position AS decided_position,
    list_sort(list_distinct(coalesce(entries, []))) AS entries,
    requested_at,
    updated_at,
    correlation_id
FROM present
