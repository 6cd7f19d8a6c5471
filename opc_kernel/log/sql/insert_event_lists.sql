-- Adds a few events, one list a column.
INSERT INTO event (
    position, stream, version, event_id, type, schema_version, source, source_id, actor, consent, correlation_id,
    causation_id, occurred_at, recorded_at, data_hash, chain_hash, salt, data
)
SELECT
    unnest($1), unnest($2), unnest($3), unnest($4), unnest($5), unnest($6), unnest($7), unnest($8), unnest($9),
    unnest($10), unnest($11), unnest($12), make_timestamptz(unnest($13)), make_timestamptz(unnest($14)), unnest($15),
    unnest($16), unnest($17), unnest($18);
