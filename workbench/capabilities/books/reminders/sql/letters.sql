-- Which letter went out last for each open invoice, or lies ready because it was only rehearsed?
WITH rehearsed AS (
    SELECT
        'invoice/' || split_part(t.subject, '/', 2) AS invoice,
        arg_max({intent: e.intent, approval: e.approval}, e.position) AS last,
        max(e.position) AS position
    FROM effect AS e
    JOIN task AS t ON t.stream = e.task
    WHERE t.kind = 'books.remind' AND e.mode = 'sandbox' AND e.state IN ('sent', 'confirmed')
    GROUP BY ALL
),
letter AS (
    SELECT o.*, r.sent_on AS went_on, r.sent_to, r.subject, r.text, r.amount AS asked, r.by_hand, h.last,
        h.position > coalesce(r.sent_position, 0) AS is_rehearsed
    FROM invoice_owed AS o
    LEFT JOIN reminder AS r ON r.invoice = o.stream
    LEFT JOIN rehearsed AS h ON h.invoice = o.stream
    WHERE o.state = 'open' AND (o.level > 0 OR h.invoice IS NOT NULL)
)
SELECT
    l.number,
    l.party,
    l.level + if(l.is_rehearsed, 1, 0) AS level,
    CASE WHEN l.is_rehearsed THEN 'rehearsed' WHEN l.by_hand THEN 'sent by you' ELSE 'sent' END AS state,
    if(l.is_rehearsed, NULL, l.went_on) AS sent_on,
    if(l.is_rehearsed, l.last.intent->>'target', l.sent_to) AS sent_to,
    if(l.is_rehearsed, q.amount, l.asked)::DECIMAL(19, 2) AS amount,
    l.owed::DECIMAL(19, 2) AS owed,
    l.currency,
    if(l.is_rehearsed, l.last.intent->'fields'->>'subject', l.subject) AS subject,
    if(l.is_rehearsed, l.last.intent->>'content', l.text) AS text
FROM letter AS l
LEFT JOIN queue AS q ON q.key = l.last.approval
WHERE $number::VARCHAR IS NULL OR l.number = $number
ORDER BY l.went_on NULLS FIRST, l.number
LIMIT 10000
