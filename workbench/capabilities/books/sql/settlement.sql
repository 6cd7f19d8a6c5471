-- What became of each transaction in the books, who decided it, on what evidence, and which pairs were declined?
-- What counts is what was booked after the operator last took a booking back.
-- Half a transfer may be linked with its other side later: the link goes before. What was erased of it leaves its kind behind.
SELECT
    stream,
    version,
    position,
    CASE kind
        WHEN 'books.payment_matched' THEN 'matched'
        WHEN 'books.transaction_categorised' THEN 'categorised'
        WHEN 'books.transfer_linked' THEN 'transferred'
        WHEN 'books.refund_linked' THEN 'refund'
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
    settled->>'refund_of' AS refund_of,
    refunded,
    (settled->'difference'->>'amount')::DECIMAL(19, 4) AS difference,
    settled->>'decided_by' AS decided_by,
    (settled->>'score')::DOUBLE AS score,
    settled->'evidence' AS evidence,
    settled->>'reason' AS reason,
    settled->>'row' AS decision_row,
    settled->>'rule' AS rule,
    mapping,
    settled_at,
    list_sort(list_distinct(coalesce(declined, []))) AS declined,
    undone_at > 0 AS was_undone
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
            any_value(type) FILTER (is_booking) AS booked_as,
            any_value(data) FILTER (is_booking) AS booking,
            any_value(data) FILTER (is_link) AS linked,
            any_value(event_id) FILTER (is_booking) AS booked_by,
            any_value(event_id) FILTER (is_link) AS linked_by,
            count(*) FILTER (is_link) > 0 AS is_linked,
            any_value(undone_at) AS undone_at,
            coalesce(
                sum((data->'money'->>'amount')::DECIMAL(19, 4)) FILTER (type = 'books.transaction_refunded'), 0
            )::DECIMAL(19, 4) AS refunded,
            max(recorded_at) FILTER (is_booking OR is_link) AS settled_at,
            list(data->>'invoice') FILTER (type = 'books.match_declined') AS declined
        FROM (
            SELECT
                *,
                max(if(type = 'books.booking_undone', position, 0)) OVER (PARTITION BY stream) AS undone_at,
                position > undone_at
                    AND type IN ('books.payment_matched', 'books.transaction_categorised', 'books.refund_linked')
                    AS is_booking,
                position > undone_at AND type = 'books.transfer_linked' AS is_link
            FROM folded
        )
        GROUP BY stream
    )
)
