-- Every transaction with what it was finally booked as, the oldest first; one that is still open has no booking.
-- Half a transfer may have been linked with its other side later: the link goes before.
SELECT
    t.stream, s.version, t.account, t.booked_on, t.amount, t.currency, t.counterparty, t.counterparty_account, t.text,
    t.reference, t.event_id, t.correlation_id, s.decided_by, s.reason, s.decision_row,
    (
        SELECT arg_max(e.data, if(e.type = 'books.transfer_linked', 1, 0))
        FROM event_now AS e
        WHERE e.stream = t.stream
            AND e.type IN ('books.payment_matched', 'books.transaction_categorised', 'books.transfer_linked', 'books.refund_linked')
    ) AS booking
FROM bank_transaction AS t
JOIN settlement AS s USING (stream)
WHERE t.state = 'booked'
ORDER BY t.booked_on, t.position, t.stream
