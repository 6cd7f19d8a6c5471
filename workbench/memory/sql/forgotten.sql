-- What was forgotten, when, by whom and why? It says of nobody who it was; `erased` is what was named without memory.
SELECT
    stream,
    min(position) AS position,
    min(recorded_at) AS forgotten_at,
    any_value(actor) AS actor,
    coalesce(nullif(any_value(data->>'policy'), ''), 'erased') AS policy,
    any_value(data->>'reason') AS reason,
    sum(len((data->'events')::VARCHAR[])) AS events,
    sum(greatest(coalesce((data->>'files')::BIGINT, 0), json_array_length(data->'digests')))::BIGINT AS files,
    sum(coalesce(len((data->'kept')::VARCHAR[]), 0)) AS records_kept
FROM event
WHERE type = 'log.payload_erased' AND data IS NOT NULL
GROUP BY stream
