-- Which rungs did each concern climb, and when?
SELECT
    stream,
    max(version) AS version,
    max(position) AS position,
    max(recorded_at) FILTER (data->>'rung' = 'digest') AS digest_at,
    max(recorded_at) FILTER (data->>'rung' = 'urgent') AS urgent_at,
    max((data->>'day')::DATE) FILTER (data->>'rung' = 'digest') AS digest_day
FROM folded
GROUP BY stream
