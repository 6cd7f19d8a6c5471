-- How much does long-term memory hold, and how old is it?
SELECT
    kind,
    count(*) FILTER (state = 'kept') AS kept,
    count(*) FILTER (state = 'folded') AS folded,
    count(*) FILTER (state = 'faded') AS faded,
    count(*) FILTER (state = 'kept' AND occurred_at > $now::TIMESTAMPTZ - INTERVAL 30 DAY) AS month,
    count(*) FILTER (
        state = 'kept' AND occurred_at BETWEEN $now::TIMESTAMPTZ - INTERVAL 365 DAY AND $now::TIMESTAMPTZ - INTERVAL 30 DAY
    ) AS year,
    count(*) FILTER (state = 'kept' AND occurred_at < $now::TIMESTAMPTZ - INTERVAL 365 DAY) AS older,
    min(occurred_at)::DATE AS oldest
FROM memory_item
GROUP BY kind
ORDER BY kept DESC, kind
