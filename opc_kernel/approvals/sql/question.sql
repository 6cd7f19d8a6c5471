-- What is asked, and what was answered? A deferred question is still open; one that was asked back waits for its agent.
WITH last AS (
    SELECT
        stream,
        max(version) AS version,
        max(position) AS position,
        any_value(data) FILTER (type = 'question.asked') AS row,
        min(occurred_at) FILTER (type = 'question.asked') AS asked_at,
        min(position) FILTER (type = 'question.asked') AS asked_position,
        any_value(event_id) FILTER (type = 'question.asked') AS event_id,
        any_value(correlation_id) FILTER (type = 'question.asked') AS correlation_id,
        min(occurred_at) FILTER (type = 'question.shown') AS first_shown_at,
        arg_max(data, position) FILTER (type = 'question.decided') AS decided,
        max(occurred_at) FILTER (type = 'question.decided') AS decided_at,
        list(source_id) FILTER (type = 'question.decided' AND source_id IS NOT NULL) AS entries,
        arg_max(data, position) FILTER (type = 'question.replaced') AS replaced
    FROM folded
    GROUP BY stream
)
SELECT
    stream,
    version,
    position,
    CASE if(replaced IS NOT NULL, 'replaced', decided->>'decision')
        WHEN 'replaced' THEN 'replaced'
        WHEN 'answer' THEN 'answered'
        WHEN 'reject' THEN 'rejected'
        WHEN 'ask' THEN 'asked'
        ELSE 'open'
    END AS state,
    row->>'task' AS task,
    row->>'capability' AS capability,
    row->>'hash' AS hash,
    row->'question' AS shown,
    decided->>'decision' AS decision,
    decided->>'choice' AS choice,
    decided->>'typed' AS typed,
    decided->>'note' AS note,
    (decided->>'until')::DATE AS deferred_until,
    decided->>'channel' AS channel,
    decided->>'account' AS account,
    list_sort(list_distinct(coalesce(entries, []))) AS entries,
    decided_at,
    first_shown_at,
    replaced->>'by' AS replaced_by,
    asked_at,
    asked_position,
    event_id,
    correlation_id
FROM last
