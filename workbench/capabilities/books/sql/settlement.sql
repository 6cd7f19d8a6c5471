-- What became of each transaction in the books, who decided it, on what evidence, and which pairs were declined?
SELECT
    stream,
    max(version) AS version,
    max(position) AS position,
    CASE
        WHEN bool_or(type = 'books.payment_matched') THEN 'matched'
        WHEN bool_or(type = 'books.transaction_categorised') THEN 'categorised'
        ELSE 'open'
    END AS state,
    any_value(data->>'invoice') FILTER (type = 'books.payment_matched') AS invoice,
    coalesce(
        any_value(data->>'category') FILTER (type = 'books.transaction_categorised'),
        any_value(data->>'difference_category') FILTER (type = 'books.payment_matched')
    ) AS category,
    any_value((data->'difference'->>'amount')::DECIMAL(19, 4)) FILTER (type = 'books.payment_matched') AS difference,
    any_value(data->>'decided_by') FILTER (type IN ('books.payment_matched', 'books.transaction_categorised')) AS decided_by,
    any_value((data->>'score')::DOUBLE) FILTER (type = 'books.payment_matched') AS score,
    any_value(data->'evidence') FILTER (type = 'books.payment_matched') AS evidence,
    any_value(data->>'reason') FILTER (type IN ('books.payment_matched', 'books.transaction_categorised')) AS reason,
    any_value(data->>'row') FILTER (type IN ('books.payment_matched', 'books.transaction_categorised')) AS decision_row,
    any_value(recorded_at) FILTER (type IN ('books.payment_matched', 'books.transaction_categorised')) AS settled_at,
    list_sort(coalesce(list(DISTINCT data->>'invoice') FILTER (type = 'books.match_declined'), [])) AS declined
FROM folded
GROUP BY stream
