-- What became of these effects, in the order in which they are named?
SELECT
    stream, task, mode, connector, account, kind, target, action, state, reference, tentative, attempts, undo_attempts,
    reason, not_before, undo, approval, intended_at, sent_at, confirmed_at
FROM effect
WHERE list_contains($streams::VARCHAR[], stream)
ORDER BY list_position($streams::VARCHAR[], stream)
