-- Who decided what, and where
SELECT decided_at, account, channel, decision, answer, note, summary
FROM queue
WHERE decided_at IS NOT NULL
ORDER BY decided_at DESC
