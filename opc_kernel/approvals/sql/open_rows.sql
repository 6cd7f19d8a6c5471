-- What waits for the operator, by money at risk? Money whose worth nobody knows comes first, rows without money last.
SELECT *
FROM queue
WHERE state = 'open' AND (deferred_until IS NULL OR deferred_until <= $today::DATE)
ORDER BY (amount IS NOT NULL AND at_stake IS NULL) DESC, abs(at_stake) DESC NULLS LAST, asked_position
LIMIT $most::BIGINT
