-- Every row that ever stood in the queue, in one shape. `state = 'open'` is what waits for the operator;
-- a blocked task that waits for another row of the queue is no row of its own.
SELECT
    stream AS key,
    'proposal' AS kind,
    version,
    state,
    hash,
    task,
    capability,
    shown->>'summary' AS summary,
    shown->>'reason' AS reason,
    shown->>'content' AS content,
    coalesce((shown->>'editable')::BOOLEAN, false) AS editable,
    NULL::JSON AS options,
    NULL::VARCHAR AS typed,
    shown->'facts' AS facts,
    shown->'memories' AS memories,
    (shown->>'confidence')::DOUBLE AS confidence,
    shown->>'risk' AS risk,
    (shown->'money'->>'amount')::DECIMAL(19, 4) AS amount,
    shown->'money'->>'currency' AS currency,
    (shown->>'at_stake')::DECIMAL(19, 4) AS at_stake,
    (shown->>'expires_at')::TIMESTAMPTZ AS expires_at,
    shown->>'undo' AS undo,
    shown->>'mode' AS mode,
    shown->'effects' AS effects,
    decision,
    coalesce(decided_content, '') AS answer,
    note,
    deferred_until,
    channel,
    account,
    entries,
    decided_at,
    first_shown_at,
    replaced_by,
    asked_at,
    asked_position,
    correlation_id
FROM proposal
UNION ALL
SELECT
    stream, 'question', version, state, hash, task, capability,
    shown->>'summary', shown->>'reason', NULL, false, shown->'options', shown->>'typed', shown->'facts', shown->'memories',
    (shown->>'confidence')::DOUBLE, shown->>'risk',
    (shown->'money'->>'amount')::DECIMAL(19, 4), shown->'money'->>'currency', (shown->>'at_stake')::DECIMAL(19, 4),
    (shown->>'expires_at')::TIMESTAMPTZ, NULL, NULL, NULL,
    decision, coalesce(choice, typed, ''), note, deferred_until, channel, account, entries, decided_at, first_shown_at, replaced_by,
    asked_at, asked_position, correlation_id
FROM question
UNION ALL
SELECT
    stream, 'blocked', version, CASE WHEN state = 'blocked' AND waiting_on IS NULL THEN 'open' ELSE 'closed' END,
    hash, stream, split_part(kind, '.', 1),
    blocked_reason, tried, NULL, false, options, NULL, json_array(trigger), NULL,
    NULL, 'medium', NULL, NULL, NULL, NULL, NULL, NULL, NULL,
    CASE WHEN choice IS NOT NULL THEN 'answer' END, coalesce(choice, ''), note, NULL, channel, account, entries, decided_at,
    first_shown_at, NULL, blocked_at, blocked_position, correlation_id
FROM task
WHERE hash IS NOT NULL
