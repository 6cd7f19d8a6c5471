-- What did each statement say?
SELECT
    stream,
    version,
    position,
    data->>'account' AS account,
    data->>'currency' AS currency,
    data->>'number' AS number,
    (data->>'opening')::DECIMAL(19, 4) AS opening,
    (data->>'closing')::DECIMAL(19, 4) AS closing,
    (data->>'closing_on')::DATE AS closing_on,
    (data->>'first_on')::DATE AS first_on,
    (data->>'last_on')::DATE AS last_on,
    (data->>'transactions')::INTEGER AS transactions,
    (data->>'total')::DECIMAL(19, 4) AS total,
    (data->>'difference')::DECIMAL(19, 4) AS difference,
    data->>'file' AS file,
    data->>'format' AS format,
    (data->>'opening_on')::DATE AS opening_on,
    coalesce(data->>'left_out', '') AS left_out
FROM (
    SELECT stream, max(version) AS version, max(position) AS position, any_value(data) AS data
    FROM folded
    GROUP BY stream
)
