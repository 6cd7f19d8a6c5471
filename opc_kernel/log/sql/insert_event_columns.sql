-- Adds many events from numpy columns.
INSERT INTO event (
    position, stream, version, event_id, type, schema_version, source, source_id, actor, consent, correlation_id,
    causation_id, occurred_at, recorded_at, data_hash, chain_hash, salt, data
)
SELECT
    position, stream, version, event_id, type, schema_version, source, source_id, actor, consent, correlation_id,
    causation_id, make_timestamptz(occurred_at), make_timestamptz(recorded_at), data_hash, chain_hash, salt, data
FROM incoming;
