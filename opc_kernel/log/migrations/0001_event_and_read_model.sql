-- The log as a table, and up to where each read model is folded. Rows are only ever added, after the journal holds them.
CREATE TABLE event (
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
CREATE INDEX event_stream ON event (stream);
CREATE TABLE read_model (
    name        VARCHAR NOT NULL,
    definition  VARCHAR NOT NULL,
    position    BIGINT NOT NULL
);
