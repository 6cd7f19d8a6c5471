-- What is owed on some invoices of ours? The longest overdue first.
SELECT
    stream, version, number, party, email, issued_on, due_on, amount, currency, event_id, state, owed, notes,
    reminder_version, reminders, level, sent_on, sent_event, postponed_until, resumed_on, is_alone
FROM invoice_owed
WHERE list_contains($streams::VARCHAR[], stream)
ORDER BY due_on, number, stream
