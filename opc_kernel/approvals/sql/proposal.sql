-- What is proposed, and what became of it? A deferred proposal is still open; one that was asked back waits for its agent.
SELECT
    stream,
    max(version) AS version,
    max(position) AS position,
    CASE
        WHEN bool_or(type = 'proposal.replaced') THEN 'replaced'
        ELSE coalesce(
            CASE arg_max(data->>'decision', position) FILTER (type = 'proposal.decided')
                WHEN 'approve' THEN 'approved'
                WHEN 'edit' THEN 'approved'
                WHEN 'reject' THEN 'rejected'
                WHEN 'ask' THEN 'asked'
                WHEN 'defer' THEN 'open'
            END,
            'open'
        )
    END AS state,
    any_value(data->>'task') FILTER (type = 'proposal.made') AS task,
    any_value(data->>'capability') FILTER (type = 'proposal.made') AS capability,
    any_value(data->>'hash') FILTER (type = 'proposal.made') AS hash,
    any_value(data->'proposal') FILTER (type = 'proposal.made') AS shown,
    arg_max(data->>'decision', position) FILTER (type = 'proposal.decided') AS decision,
    arg_max(data->>'content', position) FILTER (type = 'proposal.decided') AS decided_content,
    arg_max(data->>'note', position) FILTER (type = 'proposal.decided') AS note,
    arg_max_null((data->>'until')::DATE, position) FILTER (type = 'proposal.decided') AS deferred_until,
    arg_max(data->>'channel', position) FILTER (type = 'proposal.decided') AS channel,
    arg_max(data->>'account', position) FILTER (type = 'proposal.decided') AS account,
    list_sort(coalesce(list(DISTINCT source_id) FILTER (type = 'proposal.decided' AND source_id IS NOT NULL), [])) AS entries,
    max(occurred_at) FILTER (type = 'proposal.decided') AS decided_at,
    min(occurred_at) FILTER (type = 'proposal.shown') AS first_shown_at,
    arg_max(data->>'by', position) FILTER (type = 'proposal.replaced') AS replaced_by,
    min(occurred_at) FILTER (type = 'proposal.made') AS asked_at,
    min(position) FILTER (type = 'proposal.made') AS asked_position,
    any_value(event_id) FILTER (type = 'proposal.made') AS event_id,
    any_value(correlation_id) FILTER (type = 'proposal.made') AS correlation_id
FROM folded
GROUP BY stream
