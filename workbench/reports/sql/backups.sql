-- Which backups were made, the newest first?
SELECT recorded_at, data->>'label' AS label, (data->>'position')::BIGINT AS position,
    (data->>'same_disk')::BOOLEAN AS same_disk, (data->>'encrypted')::BOOLEAN AS encrypted
FROM event_now
WHERE type = 'log.backed_up' AND data IS NOT NULL
ORDER BY position DESC
LIMIT 100
