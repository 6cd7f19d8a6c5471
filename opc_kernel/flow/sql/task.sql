-- What is each task's state now, and what does it wait for? A task without side effects needs no read-back.
-- What was shown and decided before it was blocked last is about another row of the queue.
WITH told AS (
    SELECT
        *,
        max(position) FILTER (type = 'task.blocked' AND data->>'hash' <> '') OVER (PARTITION BY stream) AS blocked_position
    FROM folded
),
last AS (
    SELECT
        stream,
        max(version) AS version,
        max(position) AS position,
        min(recorded_at) AS requested_at,
        max(recorded_at) AS updated_at,
        any_value(correlation_id) FILTER (type = 'task.requested') AS correlation_id,
        any_value(data) FILTER (type = 'task.requested') AS request,
        arg_max(type, position) FILTER (type NOT IN ('task.shown', 'task.decided')) AS transition,
        arg_max(data, position) FILTER (type NOT IN ('task.shown', 'task.decided')) AS said,
        arg_max(data, position) FILTER (type IN ('task.requested', 'task.retried')) AS timing,
        arg_max(data, position) FILTER (type = 'task.blocked') AS block,
        any_value(data) FILTER (position = blocked_position) AS shown_block,
        any_value(occurred_at) FILTER (position = blocked_position) AS blocked_at,
        any_value(blocked_position) AS blocked_position,
        count(*) FILTER (type = 'task.retried') AS attempts,
        min(occurred_at) FILTER (type = 'task.shown' AND position > blocked_position) AS first_shown_at,
        arg_max(data, position) FILTER (type = 'task.decided' AND position > blocked_position) AS decided,
        max(occurred_at) FILTER (type = 'task.decided' AND position > blocked_position) AS decided_at,
        list(DISTINCT source_id) FILTER (type = 'task.decided' AND source_id IS NOT NULL) AS entries
    FROM told
    GROUP BY stream
)
SELECT
    stream,
    version,
    position,
    CASE transition
        WHEN 'task.requested' THEN 'requested'
        WHEN 'task.started' THEN 'in-progress'
        WHEN 'task.retried' THEN 'requested'
        WHEN 'task.blocked' THEN 'blocked'
        WHEN 'task.completed' THEN if(coalesce(json_array_length(request->'side_effects'), 0) = 0, 'reconciled', 'completed')
        WHEN 'task.reconciled' THEN 'reconciled'
        WHEN 'task.failed' THEN 'failed'
        WHEN 'task.cancelled' THEN 'cancelled'
    END AS state,
    request->>'kind' AS kind,
    request->>'agent' AS agent,
    request->>'subject' AS subject,
    request->>'trigger' AS trigger,
    request->'required_approvals' AS required_approvals,
    request->'side_effects' AS side_effects,
    request->>'rollback_plan' AS rollback_plan,
    (timing->>'not_before')::TIMESTAMPTZ AS not_before,
    attempts,
    block->>'waiting_on' AS waiting_on,
    coalesce(said->>'reason', said->>'result') AS reason,
    shown_block->>'reason' AS blocked_reason,
    shown_block->>'tried' AS tried,
    shown_block->'options' AS options,
    shown_block->>'hash' AS hash,
    blocked_at,
    blocked_position,
    first_shown_at,
    decided->>'choice' AS choice,
    decided->>'note' AS note,
    decided->>'channel' AS channel,
    decided->>'account' AS account,
    decided_at,
    list_sort(coalesce(entries, [])) AS entries,
    requested_at,
    updated_at,
    correlation_id
FROM last
