-- At which positions do items stand?
SELECT position
FROM memory_item
ORDER BY position
