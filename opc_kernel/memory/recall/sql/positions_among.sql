-- Which items are of these entities and of these kinds, and not newer than a position? What is NULL is not asked.
SELECT position
FROM memory_item
WHERE state = 'kept' AND position > $after
  AND ($entities::VARCHAR[] IS NULL OR list_has_any(entities, $entities::VARCHAR[]))
  AND ($kinds::VARCHAR[] IS NULL OR list_contains($kinds::VARCHAR[], kind))
  AND ($until::BIGINT IS NULL OR position <= $until)
ORDER BY position
LIMIT $most
