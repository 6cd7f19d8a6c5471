-- What do these items say, in the order in which it was said?
SELECT
    stream, version, kind, title, text, entities, conversation, place, speaker, sources, local_only, occurred_at,
    folded_into, state = 'kept' AND NOT pinned AS loose
FROM memory_item
WHERE stream IN (SELECT unnest($streams::VARCHAR[])) OR folded_into = $summary
ORDER BY occurred_at, coalesce(place, 0), stream
