-- What do customers still owe on each invoice of ours, after parts and credit notes, and how often were they reminded?
-- A credit note that names the invoice counts as far as nothing has taken it yet.
SELECT
    i.stream, i.version, i.number, i.party,
    coalesce(nullif(r.address, ''), i.email) AS email, i.issued_on, i.due_on, i.amount, i.currency, i.event_id, i.state,
    greatest(i.open - coalesce(c.credit, 0), 0)::DECIMAL(19, 4) AS owed,
    coalesce(c.notes, []) AS notes,
    coalesce(r.version, 0) AS reminder_version,
    coalesce(r.state, 'on') AS reminders,
    coalesce(r.level, 0) AS level,
    r.sent_on, r.sent_event, r.postponed_until, r.resumed_on, coalesce(r.is_alone, false) AS is_alone
FROM invoice AS i
LEFT JOIN reminder AS r ON r.invoice = i.stream
LEFT JOIN (
    SELECT
        corrects, party, currency, sum(open) AS credit,
        list({'stream': stream, 'version': version, 'event_id': event_id} ORDER BY stream) AS notes
    FROM invoice
    WHERE kind = 'credit_note' AND direction = 'out' AND state = 'open' AND corrects <> ''
    GROUP BY corrects, party, currency
) AS c ON c.corrects = i.number AND c.party = i.party AND c.currency = i.currency
WHERE i.kind = 'invoice' AND i.direction = 'out'
