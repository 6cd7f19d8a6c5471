-- Which files stand for the transactions posted in a month: those their documents came in, and their receipts?
WITH posted AS (
    SELECT DISTINCT stream, document FROM ledger_line WHERE month = $month
),
receipts AS (
    SELECT
        split_part(stream, '/', 2) AS digest,
        arg_max({matched: type = 'books.receipt_matched', transaction: data->>'transaction'}, position) AS last
    FROM event_now
    WHERE type IN ('books.receipt_matched', 'books.receipt_released') AND data IS NOT NULL
    GROUP BY stream
)
SELECT found.kind, found.stream, found.digest, coalesce(f.name, found.digest) AS name
FROM (
    SELECT DISTINCT 'receipt' AS kind, p.stream, r.digest
    FROM receipts AS r
    JOIN posted AS p ON p.stream = r.last.transaction
    WHERE r.last.matched
    UNION ALL
    SELECT DISTINCT 'document', p.stream, e.source_id
    FROM posted AS p
    JOIN invoice AS i ON i.stream = p.document
    JOIN event AS e ON e.event_id = i.event_id
    WHERE e.source = 'file'
) AS found
LEFT JOIN file AS f ON f.stream = 'file/' || found.digest
ORDER BY found.stream, found.kind, found.digest
