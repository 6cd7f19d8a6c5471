-- Which drafts were read, and what did each say the last time?
SELECT
    stream,
    max(version) AS version,
    max(position) AS position,
    arg_max(data->>'name', position) AS name,
    arg_max(data->>'digest', position) AS digest,
    arg_max(data->>'text', position) AS text,
    arg_max(event_id, position) AS event_id,
    count(*) AS readings
FROM folded
GROUP BY stream
