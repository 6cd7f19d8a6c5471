-- What happened on these streams, as far as a trace may tell it: types, instants, kinds and ids, no word of any content?
SELECT
    stream,
    version,
    position,
    event_id,
    type,
    recorded_at,
    correlation_id,
    data->>'kind' AS kind,
    data->>'agent' AS agent,
    data->>'plan' AS plan,
    data->>'step' AS step,
    data->>'workflow' AS workflow,
    data->>'task' AS task,
    data->>'capability' AS capability,
    data->>'mode' AS mode,
    data->>'attempt' AS attempt,
    data->'intent'->>'kind' AS effect,
    data->>'purpose' AS purpose,
    data->>'model' AS model,
    data->>'prompt_version' AS prompt_version
FROM event_now
WHERE stream IN (SELECT unnest($streams::VARCHAR[]))
ORDER BY stream, version
