-- The events of one mapping: those of the transaction, its statement, the row that was decided, and its documents' issue and payment.
SELECT position, type, stream, actor, source, recorded_at, data::VARCHAR AS data
FROM event_now
WHERE list_contains($streams::VARCHAR[], stream)
    OR (
        list_contains($documents::VARCHAR[], stream)
        AND (type = 'books.invoice_issued' OR (data->>'transaction') = $stream)
    )
    OR (stream = $statement AND type = 'bank.statement_imported')
ORDER BY position
