-- What is each task's state now, and what does it wait for? A task without side effects needs no read-back.
SELECT
    stream,
    max(version) AS version,
    max(position) AS position,
    CASE
        WHEN arg_max(type, position) FILTER (type NOT IN ('task.shown', 'task.decided')) = 'task.completed'
            AND coalesce(json_array_length(arg_max(data->'side_effects', position) FILTER (type = 'task.requested')), 0) = 0
            THEN 'reconciled'
        ELSE arg_max(
            CASE type
                WHEN 'task.requested' THEN 'requested'
                WHEN 'task.started' THEN 'in-progress'
                WHEN 'task.retried' THEN 'requested'
                WHEN 'task.blocked' THEN 'blocked'
                WHEN 'task.completed' THEN 'completed'
                WHEN 'task.reconciled' THEN 'reconciled'
                WHEN 'task.failed' THEN 'failed'
                WHEN 'task.cancelled' THEN 'cancelled'
            END,
            position
        )
    END AS state,
    any_value(data->>'kind') FILTER (type = 'task.requested') AS kind,
    any_value(data->>'agent') FILTER (type = 'task.requested') AS agent,
    any_value(data->>'subject') FILTER (type = 'task.requested') AS subject,
    any_value(data->>'trigger') FILTER (type = 'task.requested') AS trigger,
    any_value(data->'required_approvals') FILTER (type = 'task.requested') AS required_approvals,
    any_value(data->'side_effects') FILTER (type = 'task.requested') AS side_effects,
    any_value(data->>'rollback_plan') FILTER (type = 'task.requested') AS rollback_plan,
    arg_max_null((data->>'not_before')::TIMESTAMPTZ, position) FILTER (type IN ('task.requested', 'task.retried')) AS not_before,
    count(*) FILTER (type = 'task.retried') AS attempts,
    arg_max_null(data->>'waiting_on', position) FILTER (type = 'task.blocked') AS waiting_on,
    arg_max(coalesce(data->>'reason', data->>'result'), position) FILTER (type NOT IN ('task.shown', 'task.decided')) AS reason,
    arg_max(data->>'reason', position) FILTER (type = 'task.blocked' AND data->>'hash' <> '') AS blocked_reason,
    arg_max(data->>'tried', position) FILTER (type = 'task.blocked' AND data->>'hash' <> '') AS tried,
    arg_max(data->'options', position) FILTER (type = 'task.blocked' AND data->>'hash' <> '') AS options,
    arg_max(data->>'hash', position) FILTER (type = 'task.blocked' AND data->>'hash' <> '') AS hash,
    max(occurred_at) FILTER (type = 'task.blocked' AND data->>'hash' <> '') AS blocked_at,
    min(occurred_at) FILTER (type = 'task.shown') AS first_shown_at,
    arg_max(data->>'choice', position) FILTER (type = 'task.decided') AS choice,
    arg_max(data->>'note', position) FILTER (type = 'task.decided') AS note,
    arg_max(data->>'channel', position) FILTER (type = 'task.decided') AS channel,
    arg_max(data->>'account', position) FILTER (type = 'task.decided') AS account,
    max(occurred_at) FILTER (type = 'task.decided') AS decided_at,
    list_sort(coalesce(list(DISTINCT source_id) FILTER (type = 'task.decided' AND source_id IS NOT NULL), [])) AS entries,
    min(recorded_at) AS requested_at,
    max(recorded_at) AS updated_at,
    any_value(correlation_id) FILTER (type = 'task.requested') AS correlation_id
FROM folded
GROUP BY stream
