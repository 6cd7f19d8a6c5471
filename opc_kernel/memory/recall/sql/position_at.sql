-- What was the newest position of the log at an instant?
SELECT coalesce(max(position), 0) AS position
FROM event
WHERE recorded_at <= $instant
