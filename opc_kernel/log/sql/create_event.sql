-- The log as a table. Rows are only ever added, and only after the journal holds them.
CREATE TABLE IF NOT EXISTS event (
    position        BIGINT NOT NULL,
    stream          VARCHAR NOT NULL,
    version         INTEGER NOT NULL,
    event_id        VARCHAR NOT NULL UNIQUE,
    type            VARCHAR NOT NULL,
    schema_version  INTEGER NOT NULL,
    data            JSON,
    salt            VARCHAR,
    data_hash       VARCHAR NOT NULL,
    source          VARCHAR NOT NULL,
    source_id       VARCHAR,
    actor           VARCHAR NOT NULL,
    consent         VARCHAR,
    correlation_id  VARCHAR NOT NULL,
    causation_id    VARCHAR,
    occurred_at     TIMESTAMPTZ NOT NULL,
    recorded_at     TIMESTAMPTZ NOT NULL,
    chain_hash      VARCHAR NOT NULL
);
CREATE INDEX IF NOT EXISTS event_stream ON event (stream);
CREATE TABLE IF NOT EXISTS read_model (
    name        VARCHAR NOT NULL,
    definition  VARCHAR NOT NULL,
    position    BIGINT NOT NULL
);
