-- What did models cost, by day, purpose, capability and customer? A call under way counts with the most it may cost.
SELECT
    day,
    purpose,
    capability,
    customer,
    currency,
    count(*) FILTER (state NOT IN ('refused', 'reused')) AS calls,
    count(*) FILTER (state = 'reused') AS reused,
    count(*) FILTER (state = 'refused') AS refused,
    count(*) FILTER (state IN ('failed', 'malformed')) AS in_vain,
    coalesce(sum(sent_tokens), 0)::BIGINT AS sent_tokens,
    coalesce(sum(received_tokens), 0)::BIGINT AS received_tokens,
    sum(counted)::DECIMAL(19, 8) AS cost
FROM model_call
GROUP BY ALL
ORDER BY ALL
