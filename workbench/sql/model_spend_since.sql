-- What did models cost since a day? What a model was not asked costs nothing and has no currency.
SELECT
    coalesce(sum(calls), 0)::BIGINT AS calls,
    coalesce(sum(reused), 0)::BIGINT AS reused,
    coalesce(sum(refused), 0)::BIGINT AS refused,
    coalesce(sum(cost) FILTER (currency = $currency), 0)::DECIMAL(19, 8) AS cost
FROM model_spend
WHERE day >= $since::DATE
