-- What is asked, and what was answered? A deferred question is still open; one that was asked back waits for its agent.
SELECT
    stream,
    max(version) AS version,
    max(position) AS position,
    CASE
        WHEN bool_or(type = 'question.replaced') THEN 'replaced'
        ELSE coalesce(
            CASE arg_max(data->>'decision', position) FILTER (type = 'question.decided')
                WHEN 'answer' THEN 'answered'
                WHEN 'reject' THEN 'rejected'
                WHEN 'ask' THEN 'asked'
                WHEN 'defer' THEN 'open'
            END,
            'open'
        )
    END AS state,
    any_value(data->>'task') FILTER (type = 'question.asked') AS task,
    any_value(data->>'capability') FILTER (type = 'question.asked') AS capability,
    any_value(data->>'hash') FILTER (type = 'question.asked') AS hash,
    any_value(data->'question') FILTER (type = 'question.asked') AS shown,
    arg_max(data->>'decision', position) FILTER (type = 'question.decided') AS decision,
    arg_max(data->>'choice', position) FILTER (type = 'question.decided') AS choice,
    arg_max(data->>'note', position) FILTER (type = 'question.decided') AS note,
    arg_max_null((data->>'until')::DATE, position) FILTER (type = 'question.decided') AS deferred_until,
    arg_max(data->>'channel', position) FILTER (type = 'question.decided') AS channel,
    arg_max(data->>'account', position) FILTER (type = 'question.decided') AS account,
    list_sort(coalesce(list(DISTINCT source_id) FILTER (type = 'question.decided' AND source_id IS NOT NULL), [])) AS entries,
    max(occurred_at) FILTER (type = 'question.decided') AS decided_at,
    min(occurred_at) FILTER (type = 'question.shown') AS first_shown_at,
    arg_max(data->>'by', position) FILTER (type = 'question.replaced') AS replaced_by,
    min(occurred_at) FILTER (type = 'question.asked') AS asked_at,
    min(position) FILTER (type = 'question.asked') AS asked_position,
    any_value(event_id) FILTER (type = 'question.asked') AS event_id,
    any_value(correlation_id) FILTER (type = 'question.asked') AS correlation_id
FROM folded
GROUP BY stream
