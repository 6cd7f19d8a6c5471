-- What moved on which account? One row a transaction, as the bank announced it, booked it or took it back.
SELECT
    stream,
    version,
    position,
    CASE WHEN withdrawn THEN 'withdrawn' WHEN booked IS NULL THEN 'pending' ELSE 'booked' END AS state,
    said.account,
    coalesce(said.booked_on, said.pending_on) AS booked_on,
    said.value_on,
    said.money.amount,
    said.money.currency,
    said.counterparty,
    said.counterparty_account,
    said.text,
    said.reference,
    said.bank_id,
    said.ordinal,
    said.statement,
    event_id,
    correlation_id,
    (pending->>'pending_on')::DATE AS pending_on,
    (pending->'money'->>'amount')::DECIMAL(19, 4) AS pending_amount
FROM (
    SELECT *, from_json(if(described IS NULL, coalesce(booked, pending), json_merge_patch(booked, described)), '{
        "account": "VARCHAR",
        "booked_on": "DATE",
        "pending_on": "DATE",
        "value_on": "DATE",
        "money": {"amount": "DECIMAL(19,4)", "currency": "VARCHAR"},
        "counterparty": "VARCHAR",
        "counterparty_account": "VARCHAR",
        "text": "VARCHAR",
        "reference": "VARCHAR",
        "bank_id": "VARCHAR",
        "ordinal": "INTEGER",
        "statement": "VARCHAR"
    }') AS said
    FROM (
        SELECT
            stream,
            max(version) AS version,
            max(position) AS position,
            any_value(data) FILTER (type = 'bank.transaction_booked') AS booked,
            any_value(data) FILTER (type = 'bank.transaction_pending') AS pending,
            arg_max(data, position) FILTER (type = 'bank.transaction_described') AS described,
            max(position) FILTER (type = 'bank.transaction_withdrawn') IS NOT NULL AS withdrawn,
            coalesce(
                any_value(event_id) FILTER (type = 'bank.transaction_booked'),
                any_value(event_id) FILTER (type = 'bank.transaction_pending')
            ) AS event_id,
            coalesce(
                any_value(correlation_id) FILTER (type = 'bank.transaction_booked'),
                any_value(correlation_id) FILTER (type = 'bank.transaction_pending')
            ) AS correlation_id
        FROM folded
        GROUP BY stream
    )
)
