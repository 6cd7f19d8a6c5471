-- What did models cost, by capability and purpose? A call under way counts with the most it may cost.
SELECT
    capability,
    purpose,
    currency,
    count(*) FILTER (state NOT IN ('refused', 'reused')) AS calls,
    count(*) FILTER (state = 'reused') AS reused,
    count(*) FILTER (state = 'refused') AS refused,
    count(*) FILTER (state IN ('failed', 'malformed')) AS failed,
    sum(counted) AS cost,
    sum(counted) FILTER (day = $today::DATE) AS cost_today
FROM model_call
GROUP BY ALL
ORDER BY ALL
