-- How far has memory come, and how many items stand?
SELECT coalesce(max(position), 0) AS position, count(*) AS count
FROM memory_item
WHERE state = 'kept'
