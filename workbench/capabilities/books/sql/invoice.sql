-- Which invoices, bills and credit notes are there, what of each is still open, and which transactions paid it?
-- Until release 0.1 a transaction took all of an invoice, or gave all of it back: those events name no money.
SELECT
    * EXCLUDE (issued, wholes_or_null, wholes, paid, moves),
    amount - wholes * amount - paid AS open,
    if(amount - wholes * amount - paid <= 0, 'settled', 'open') AS state,
    list_filter(
        list_distinct(list_transform(moves, lambda each: each.transaction)),
        lambda one: list_last(list_filter(moves, lambda each: each.transaction = one)).pays
    ) AS paid_by,
    list_last(paid_by) AS settled_by
FROM (
    SELECT
        stream,
        max(version) AS version,
        max(position) AS position,
        any_value(data) FILTER (type = 'books.invoice_issued') AS issued,
        issued->>'number' AS number,
        coalesce(issued->>'kind', 'invoice') AS kind,
        issued->>'direction' AS direction,
        issued->>'party' AS party,
        (issued->>'issued_on')::DATE AS issued_on,
        (issued->>'due_on')::DATE AS due_on,
        (issued->'money'->>'amount')::DECIMAL(19, 4) AS amount,
        issued->'money'->>'currency' AS currency,
        issued->>'note' AS note,
        coalesce(issued->>'corrects', '') AS corrects,
        try_cast(issued->>'tax_rate' AS DECIMAL(7, 4)) AS tax_rate,
        coalesce(issued->>'category', '') AS category,
        coalesce(issued->>'email', '') AS email,
        any_value(event_id) FILTER (type = 'books.invoice_issued') AS event_id,
        any_value(correlation_id) FILTER (type = 'books.invoice_issued') AS correlation_id,
        sum(if(type = 'books.invoice_reopened', -1, 1))
            FILTER (moved AND (data->'money') IS NULL) AS wholes_or_null,
        coalesce(wholes_or_null, 0)::INTEGER AS wholes,
        coalesce(sum(if(type = 'books.invoice_reopened', -1, 1) * (data->'money'->>'amount')::DECIMAL(19, 4))
            FILTER (moved), 0)::DECIMAL(19, 4) AS paid,
        coalesce(
            list({'transaction': data->>'transaction', 'pays': type <> 'books.invoice_reopened'} ORDER BY position)
                FILTER (moved),
            []
        ) AS moves
    FROM (
        SELECT *, type IN ('books.invoice_paid', 'books.invoice_settled', 'books.invoice_reopened') AS moved FROM folded
    )
    GROUP BY stream
)
