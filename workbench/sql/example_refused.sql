-- Files that were refused, and why
SELECT refused_at, name, reason
FROM refused_file
ORDER BY refused_at DESC
