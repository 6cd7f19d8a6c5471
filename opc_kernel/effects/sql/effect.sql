-- What became of each effect? `state` is what its last event says; what undoing said does not hide that it happened.
WITH last AS (
    SELECT
        stream,
        max(version) AS version,
        max(position) AS position,
        min(recorded_at) AS intended_at,
        max(recorded_at) AS updated_at,
        any_value(correlation_id) FILTER (type = 'effect.intended') AS correlation_id,
        any_value(data) FILTER (type = 'effect.intended') AS intended,
        arg_max(type, position) AS last_type,
        arg_max(data, position) AS said,
        max(recorded_at) FILTER (type = 'effect.claimed') AS claimed_at,
        arg_max(data, position) FILTER (type = 'effect.claimed') AS claimed,
        arg_max(data, position) FILTER (type IN ('effect.sent', 'effect.confirmed')) AS found,
        count(*) FILTER (type = 'effect.claimed') AS attempts,
        count(*) FILTER (type = 'effect.undo_claimed') AS undo_attempts,
        max(recorded_at) FILTER (type = 'effect.sent') AS sent_at,
        max(recorded_at) FILTER (type = 'effect.confirmed') AS confirmed_at
    FROM folded
    GROUP BY stream
)
SELECT
    stream,
    version,
    position,
    CASE last_type
        WHEN 'effect.intended' THEN 'intended'
        WHEN 'effect.claimed' THEN 'claimed'
        WHEN 'effect.attempted' THEN 'intended'
        WHEN 'effect.sent' THEN 'sent'
        WHEN 'effect.confirmed' THEN 'confirmed'
        WHEN 'effect.unknown' THEN 'unknown'
        WHEN 'effect.failed' THEN 'failed'
        WHEN 'effect.settled' THEN if((said->>'happened') = 'true', 'confirmed', 'intended')
        WHEN 'effect.undo_claimed' THEN 'undoing'
        WHEN 'effect.undo_attempted' THEN 'undoing'
        WHEN 'effect.compensated' THEN 'compensated'
    END AS state,
    intended->>'task' AS task,
    intended->>'capability' AS capability,
    split_part(intended->'intent'->>'kind', '.', 1) AS connector,
    intended->>'account' AS account,
    intended->'intent'->>'kind' AS kind,
    intended->'intent'->>'target' AS target,
    intended->'intent'->>'action' AS action,
    intended->'intent' AS intent,
    intended->>'mode' AS mode,
    intended->>'undo' AS undo,
    intended->>'approval' AS approval,
    found->>'reference' AS reference,
    coalesce((found->>'tentative') = 'true', false) AS tentative,
    (claimed->>'token')::BIGINT AS token,
    claimed->>'worker' AS worker,
    claimed->>'task' AS claimed_by,
    attempts,
    undo_attempts,
    said->>'reason' AS reason,
    (said->>'not_before')::TIMESTAMPTZ AS not_before,
    intended_at,
    claimed_at,
    sent_at,
    confirmed_at,
    updated_at,
    correlation_id
FROM last
