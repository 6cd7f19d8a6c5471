-- What did each connector do for each capability, in both ledgers, and how often did an attempt come to nothing?
SELECT
    connector,
    account,
    capability,
    mode,
    count(*) AS effects,
    count(*) FILTER (state = 'intended') AS intended,
    count(*) FILTER (state IN ('claimed', 'undoing')) AS under_way,
    count(*) FILTER (state = 'sent') AS sent,
    count(*) FILTER (state = 'confirmed') AS confirmed,
    count(*) FILTER (state = 'unknown') AS unknown,
    count(*) FILTER (state = 'failed') AS failed,
    count(*) FILTER (state = 'compensated') AS compensated,
    sum(attempts + undo_attempts)::BIGINT AS attempts,
    sum(greatest(attempts - if(state = 'claimed' OR sent_at IS NOT NULL, 1, 0), 0))::BIGINT AS failed_attempts,
    min(intended_at) FILTER (state IN ('intended', 'claimed', 'unknown')) AS oldest_at
FROM effect
GROUP BY connector, account, capability, mode
ORDER BY connector, account, capability, mode
