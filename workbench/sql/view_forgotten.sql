-- What was forgotten on request, when, by whom and why? One erasure is one stream; it never says what it took.
SELECT
    stream,
    min(recorded_at) AS forgotten_at,
    nullif(max(data->>'reason'), '') AS why,
    any_value(actor) AS account,
    sum(json_array_length(data->'events'))::BIGINT AS events,
    sum(greatest(coalesce((data->>'files')::BIGINT, 0), json_array_length(data->'digests')))::BIGINT AS files
FROM event_now
WHERE type = 'log.payload_erased'
GROUP BY stream
ORDER BY forgotten_at DESC
LIMIT $limit
