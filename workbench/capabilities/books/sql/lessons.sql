-- What did the operator's decisions after a position say about payers, parties and patterns?
WITH decided AS (
    SELECT e.position, e.stream, e.type, e.data, t.counterparty, t.booked_on
    FROM event_now AS e
    JOIN bank_transaction AS t ON t.stream = e.stream
    WHERE e.position > $after
        AND e.type IN (
            'books.payment_matched', 'books.transaction_categorised', 'books.match_declined', 'books.refund_linked',
            'books.transfer_linked'
        )
),
said AS (
    SELECT
        position, counterparty, booked_on, true AS is_right,
        if((data->>'is_clear')::BOOLEAN, data->>'pattern', '') AS pattern,
        unnest((data->'parts')::JSON[])->>'invoice' AS invoice, NULL AS party
    FROM decided
    WHERE type = 'books.payment_matched' AND (data->>'decided_by') = 'operator'
    UNION ALL
    SELECT position, counterparty, booked_on, true, data->>'pattern', NULL, NULL
    FROM decided
    WHERE type IN ('books.refund_linked', 'books.transfer_linked')
        AND (data->>'decided_by') = 'operator'
        AND (data->>'is_clear')::BOOLEAN
    UNION ALL
    SELECT position, counterparty, booked_on, false, data->>'pattern', data->>'invoice', NULL
    FROM decided
    WHERE type = 'books.match_declined'
    UNION ALL
    SELECT
        position, counterparty, booked_on, false,
        if((data->'passed_over'->>'is_clear')::BOOLEAN, data->'passed_over'->>'pattern', ''), NULL,
        data->'passed_over'->>'party'
    FROM decided
    WHERE (data->'passed_over') IS NOT NULL
)
SELECT
    s.position, s.counterparty, coalesce(s.party, i.party, '') AS party, coalesce(s.pattern, '') AS pattern,
    s.booked_on AS said_on, s.is_right
FROM said AS s
LEFT JOIN invoice AS i ON i.stream = s.invoice
ORDER BY s.position
