-- Which mails, that are no records, are older than a day? The event of each, the oldest first.
SELECT event.event_id, mail.title, mail.occurred_at AS heard_at
FROM (
    SELECT title, occurred_at, unnest(sources) AS event_id FROM memory_item
    WHERE kind = 'mail' AND occurred_at < $before
) AS mail
JOIN event USING (event_id)
WHERE event.data IS NOT NULL
    AND NOT list_contains($records::VARCHAR[], split_part(event.type, '.', 1))
    AND NOT list_contains($proposed::VARCHAR[], event.event_id)
ORDER BY heard_at, event.event_id
LIMIT $limit
