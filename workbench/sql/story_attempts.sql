-- What happened to these effects, step by step: which attempt, by whom, and what was told?
SELECT
    stream,
    position,
    recorded_at,
    type,
    actor,
    (data->>'attempt')::INTEGER AS attempt,
    coalesce(data->>'reason', data->>'reference', data->>'note', '') AS told,
    (data->>'not_before')::TIMESTAMPTZ AS not_before
FROM event_now
WHERE stream IN (SELECT unnest($streams::VARCHAR[]))
ORDER BY position
