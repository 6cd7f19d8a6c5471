-- What was one unit of a currency worth on a day?
SELECT
    stream,
    version,
    position,
    data->>'base' AS base,
    data->>'quote' AS quote,
    (data->>'rate')::DECIMAL(19, 8) AS rate,
    (data->>'on')::DATE AS rate_on
FROM (
    SELECT stream, max(version) AS version, max(position) AS position, arg_max(data, position) AS data
    FROM folded
    GROUP BY stream
)
