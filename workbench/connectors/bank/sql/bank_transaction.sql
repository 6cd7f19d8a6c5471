-- What moved on which account? One row a transaction, as the bank booked it.
SELECT
    stream,
    max(version) AS version,
    max(position) AS position,
    any_value(data->>'account') FILTER (type = 'bank.transaction_booked') AS account,
    any_value((data->>'booked_on')::DATE) FILTER (type = 'bank.transaction_booked') AS booked_on,
    any_value((data->>'value_on')::DATE) FILTER (type = 'bank.transaction_booked') AS value_on,
    any_value((data->'money'->>'amount')::DECIMAL(19, 4)) FILTER (type = 'bank.transaction_booked') AS amount,
    any_value(data->'money'->>'currency') FILTER (type = 'bank.transaction_booked') AS currency,
    any_value(data->>'counterparty') FILTER (type = 'bank.transaction_booked') AS counterparty,
    any_value(data->>'counterparty_account') FILTER (type = 'bank.transaction_booked') AS counterparty_account,
    any_value(data->>'text') FILTER (type = 'bank.transaction_booked') AS text,
    any_value(data->>'reference') FILTER (type = 'bank.transaction_booked') AS reference,
    any_value(data->>'bank_id') FILTER (type = 'bank.transaction_booked') AS bank_id,
    any_value((data->>'ordinal')::INTEGER) FILTER (type = 'bank.transaction_booked') AS ordinal,
    any_value(data->>'statement') FILTER (type = 'bank.transaction_booked') AS statement,
    any_value(event_id) FILTER (type = 'bank.transaction_booked') AS event_id,
    any_value(correlation_id) FILTER (type = 'bank.transaction_booked') AS correlation_id
FROM folded
GROUP BY stream
