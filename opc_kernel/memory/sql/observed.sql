-- Which events say something of somebody, and were not looked at yet? Not those that an erasure left as records alone.
SELECT position, event_id, stream, type, data, occurred_at, correlation_id
FROM event_now
WHERE position > $after AND list_contains($types::VARCHAR[], type) AND data IS NOT NULL
    AND event_id NOT IN (
        SELECT unnest((data->'kept')::VARCHAR[]) FROM event WHERE type = 'log.payload_erased' AND data IS NOT NULL
    )
ORDER BY position
LIMIT $limit
