-- What was one unit of a currency worth on a day? The last word on a day counts.
SELECT
    stream,
    max(version) AS version,
    max(position) AS position,
    arg_max(data->>'base', position) AS base,
    arg_max(data->>'quote', position) AS quote,
    arg_max((data->>'rate')::DECIMAL(19, 8), position) AS rate,
    arg_max((data->>'on')::DATE, position) AS rate_on
FROM folded
GROUP BY stream
