-- Which of these streams lost their beginning to an erasure, and where does the log say so?
SELECT event.stream, max(erasure.position) AS position
FROM event
JOIN (
    SELECT position, unnest((data->'events')::VARCHAR[]) AS event_id FROM event WHERE type = 'log.payload_erased'
) AS erasure USING (event_id)
WHERE event.version = 1 AND event.data IS NULL AND event.stream IN (SELECT unnest($streams::VARCHAR[]))
GROUP BY event.stream
