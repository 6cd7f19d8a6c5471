-- What moved on which account? One row a transaction, as the bank booked it.
SELECT
    stream,
    version,
    position,
    said.account,
    said.booked_on,
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
    correlation_id
FROM (
    SELECT *, from_json(booked, '{
        "account": "VARCHAR",
        "booked_on": "DATE",
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
            any_value(event_id) FILTER (type = 'bank.transaction_booked') AS event_id,
            any_value(correlation_id) FILTER (type = 'bank.transaction_booked') AS correlation_id
        FROM folded
        GROUP BY stream
    )
)
