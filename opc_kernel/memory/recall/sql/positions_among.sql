-- Which items are of this entity and of these kinds, and not newer than a position? What is NULL is not asked.
SELECT position
FROM memory_item
WHERE state = 'kept' AND position > $after
  AND ($entity::VARCHAR IS NULL OR list_contains(entities, $entity))
  AND ($kinds::VARCHAR[] IS NULL OR list_contains($kinds::VARCHAR[], kind))
  AND ($until::BIGINT IS NULL OR position <= $until)
ORDER BY position
LIMIT $most
