-- What moved on which account? One row a transaction, as the bank booked it.
SELECT
    stream,
    version,
    position,
    data->>'account' AS account,
    (data->>'booked_on')::DATE AS booked_on,
    (data->>'value_on')::DATE AS value_on,
    (data->'money'->>'amount')::DECIMAL(19, 4) AS amount,
    data->'money'->>'currency' AS currency,
    data->>'counterparty' AS counterparty,
    data->>'counterparty_account' AS counterparty_account,
    data->>'text' AS text,
    data->>'reference' AS reference,
    data->>'bank_id' AS bank_id,
    (data->>'ordinal')::INTEGER AS ordinal,
    data->>'statement' AS statement,
    event_id,
    correlation_id
FROM (
    SELECT
        stream,
        max(version) AS version,
        max(position) AS position,
        any_value(data) FILTER (type = 'bank.transaction_booked') AS data,
        any_value(event_id) FILTER (type = 'bank.transaction_booked') AS event_id,
        any_value(correlation_id) FILTER (type = 'bank.transaction_booked') AS correlation_id
    FROM folded
    GROUP BY stream
)
