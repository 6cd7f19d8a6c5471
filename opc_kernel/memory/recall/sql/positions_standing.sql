-- At which positions do items stand? Those after one, in order, only so many.
SELECT position
FROM memory_item
WHERE state = 'kept' AND position > $after
ORDER BY position
LIMIT $most
