-- Which stories moved last, and what is each about?
SELECT
    s.correlation_id,
    s.moved_at,
    s.events,
    s.first_type,
    coalesce(q.summary, s.counterparty, s.number, s.name, '') AS about
FROM (
    SELECT
        correlation_id,
        max(position) AS last_position,
        max(recorded_at) AS moved_at,
        count(*) AS events,
        arg_min(type, position) AS first_type,
        arg_min(data->>'counterparty', position) AS counterparty,
        arg_min(data->>'number', position) AS number,
        arg_min(data->>'name', position) AS name
    FROM event_now
    GROUP BY correlation_id
    ORDER BY last_position DESC
    LIMIT $limit
) AS s
LEFT JOIN (
    SELECT correlation_id, arg_max(summary, asked_position) AS summary
    FROM queue
    GROUP BY correlation_id
) AS q USING (correlation_id)
ORDER BY s.last_position DESC
