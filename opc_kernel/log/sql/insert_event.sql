-- Adds one event. VALUES, because planning it takes half the time of any other way.
INSERT INTO event (
    position, stream, version, event_id, type, schema_version, source, source_id, actor, consent, correlation_id,
    causation_id, occurred_at, recorded_at, data_hash, chain_hash, salt, data
)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18);
