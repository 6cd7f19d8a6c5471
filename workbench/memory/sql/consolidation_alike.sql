-- Which items say the same, but for spaces, capitals and what they quote? Short ones tell only where they stand.
SELECT list(stream ORDER BY position)[:$most] AS streams
FROM (
    SELECT
        *,
        trim(regexp_replace(regexp_replace(lower(text), '(?m)^\s*>.*$', '', 'g'), '\s+', ' ', 'g')) AS own
    FROM memory_item
    WHERE state = 'kept' AND kind IN ('mail', 'note', 'transcript') AND NOT pinned
        AND stream NOT IN (SELECT unnest($passed::VARCHAR[]))
)
WHERE length(own) >= $shortest
GROUP BY kind, own, lower(speaker), list_sort(entities), local_only, conversation, place
HAVING count(*) > 1
ORDER BY min(position)
LIMIT $groups
