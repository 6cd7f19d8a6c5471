-- What stood then of these entities and kinds? What is NULL is not asked.
SELECT stream, position, kind, text, entities, conversation, place, sources, local_only, occurred_at
FROM item_then
WHERE state = 'kept'
    AND ($entities::VARCHAR[] IS NULL OR list_has_any(entities, $entities::VARCHAR[]))
    AND ($kinds::VARCHAR[] IS NULL OR list_contains($kinds::VARCHAR[], kind))
ORDER BY position
LIMIT $most
