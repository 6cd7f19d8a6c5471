-- What became of each transaction in the books, who decided it, on what evidence, and which pairs were declined?
-- Half a transfer may be linked with its other side later: the link goes before. What was erased of it leaves its kind behind.
SELECT
    stream,
    version,
    position,
    CASE kind
        WHEN 'books.payment_matched' THEN 'matched'
        WHEN 'books.transaction_categorised' THEN 'categorised'
        WHEN 'books.transfer_linked' THEN 'transferred'
        ELSE 'open'
    END AS state,
    list_transform((settled->'parts')::JSON[], lambda part: {
        'document': part->>'invoice',
        'amount': (part->'money'->>'amount')::DECIMAL(19, 4)
    }) AS parts,
    list_transform(parts, lambda part: part.document) AS invoices,
    invoices[1] AS invoice,
    if(kind = 'books.transfer_linked', 'own-transfer', coalesce(settled->>'category', settled->>'difference_category'))
        AS category,
    settled->>'other' AS other_side,
    (settled->'difference'->>'amount')::DECIMAL(19, 4) AS difference,
    settled->>'decided_by' AS decided_by,
    (settled->>'score')::DOUBLE AS score,
    settled->'evidence' AS evidence,
    settled->>'reason' AS reason,
    settled->>'row' AS decision_row,
    mapping,
    settled_at,
    list_sort(list_distinct(coalesce(declined, []))) AS declined
FROM (
    SELECT
        * EXCLUDE (booked_as, is_linked),
        if(is_linked, 'books.transfer_linked', booked_as) AS kind,
        coalesce(linked, booking) AS settled,
        coalesce(linked_by, booked_by) AS mapping
    FROM (
        SELECT
            stream,
            max(version) AS version,
            max(position) AS position,
            any_value(type) FILTER (type IN ('books.payment_matched', 'books.transaction_categorised')) AS booked_as,
            any_value(data) FILTER (type IN ('books.payment_matched', 'books.transaction_categorised')) AS booking,
            any_value(data) FILTER (type = 'books.transfer_linked') AS linked,
            any_value(event_id) FILTER (type IN ('books.payment_matched', 'books.transaction_categorised')) AS booked_by,
            any_value(event_id) FILTER (type = 'books.transfer_linked') AS linked_by,
            count(*) FILTER (type = 'books.transfer_linked') > 0 AS is_linked,
            max(recorded_at) FILTER (starts_with(type, 'books.') AND type <> 'books.match_declined') AS settled_at,
            list(data->>'invoice') FILTER (type = 'books.match_declined') AS declined
        FROM folded
        GROUP BY stream
    )
)
