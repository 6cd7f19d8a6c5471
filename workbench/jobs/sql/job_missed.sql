-- Which runs were due and won't be made, and why?
SELECT
    split_part(stream, '/', 2) AS job,
    (data->>'first')::TIMESTAMPTZ AS first,
    (data->>'last')::TIMESTAMPTZ AS last,
    (data->>'count')::INTEGER AS count,
    data->>'reason' AS reason,
    recorded_at,
    position
FROM event_now
WHERE type = 'job.missed'
