-- What happened in the books after a position: up to where, and is any of it about documents, or what the operator said?
SELECT
    coalesce(max(position), $after) AS position,
    coalesce(bool_or(starts_with(stream, 'invoice/')), false) AS documents,
    coalesce(bool_or(type = 'books.payment_matched'), false) AS bookings,
    coalesce(bool_or(
        (data->>'decided_by') = 'operator'
        OR type IN ('books.match_declined', 'books.booking_undone', 'log.payload_erased')
        OR starts_with(type, 'books.rule_')
        OR starts_with(type, 'bank.transaction_withdrawn')
    ), false) AS said
FROM event_now
WHERE position > $after
