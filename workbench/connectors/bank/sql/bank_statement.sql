-- What did each statement say?
SELECT
    stream,
    max(version) AS version,
    max(position) AS position,
    any_value(data->>'account') AS account,
    any_value(data->>'currency') AS currency,
    any_value(data->>'number') AS number,
    any_value((data->>'opening')::DECIMAL(19, 4)) AS opening,
    any_value((data->>'closing')::DECIMAL(19, 4)) AS closing,
    any_value((data->>'closing_on')::DATE) AS closing_on,
    any_value((data->>'first_on')::DATE) AS first_on,
    any_value((data->>'last_on')::DATE) AS last_on,
    any_value((data->>'transactions')::INTEGER) AS transactions,
    any_value((data->>'total')::DECIMAL(19, 4)) AS total,
    any_value((data->>'difference')::DECIMAL(19, 4)) AS difference,
    any_value(data->>'file') AS file
FROM folded
WHERE type = 'bank.statement_imported'
GROUP BY stream
