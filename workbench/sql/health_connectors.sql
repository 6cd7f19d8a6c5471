-- How does each account at an outside system stand?
SELECT connector, account, mode, breaker, until, failures, reason, check_ok, check_told, checked_at
FROM connector
ORDER BY connector, account
