-- Which scores turned out right, and which wrong, after a position? Only where nothing but experience was missing.
-- What was settled alone is right until it is taken back; then it never was.
SELECT position, stream, score, is_right
FROM (
    SELECT position, stream, (data->>'score')::DOUBLE AS score, true AS is_right
    FROM event_now
    WHERE type = 'books.payment_matched'
        AND ((data->>'decided_by') = 'automatic' OR (data->>'is_clear')::BOOLEAN)
        AND position > $after
    UNION ALL
    SELECT position, stream, (data->'passed_over'->>'score')::DOUBLE, false
    FROM event_now
    WHERE type IN ('books.payment_matched', 'books.transaction_categorised')
        AND (data->'passed_over'->>'is_clear')::BOOLEAN
        AND position > $after
    UNION ALL
    SELECT position, stream, NULL, false
    FROM event_now
    WHERE type = 'books.booking_undone' AND position > $after
)
ORDER BY position
