-- How long did each decision take, from when its row was shown or the one before was taken? The latest come first;
-- what was entered in a sheet came in with others, so nobody knows.
WITH decided AS (
    SELECT
        key,
        kind,
        entries,
        decided_at,
        greatest(first_shown_at, lag(decided_at) OVER (ORDER BY decided_at, key)) AS began_at
    FROM queue
    WHERE decided_at IS NOT NULL
)
SELECT kind, epoch(decided_at - began_at) AS seconds
FROM decided
WHERE began_at IS NOT NULL AND len(entries) = 0
ORDER BY decided_at DESC, key
LIMIT $samples
