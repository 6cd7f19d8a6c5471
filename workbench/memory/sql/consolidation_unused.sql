-- Which items did nobody use since, and hold nothing that weighs? What a row or any other event names is used, and
-- what a standing fact rests on.
WITH named AS (
    SELECT DISTINCT unnest(regexp_extract_all(data::VARCHAR, 'item/[0-9a-f]+')) AS stream
    FROM event
    WHERE recorded_at >= $before AND contains(data::VARCHAR, '"item/')
        AND type NOT IN ('memory.item_kept', 'memory.item_folded', 'memory.item_faded', 'memory.item_restored')
),
backing AS (
    SELECT DISTINCT unnest(sources) AS event_id FROM fact WHERE stands
)
SELECT list(stream ORDER BY position)[:$most] AS streams
FROM memory_item AS item
WHERE state = 'kept' AND kind IN ('mail', 'note', 'transcript') AND NOT pinned
    AND greatest(occurred_at, recorded_at) < $before
    AND NOT regexp_matches(concat_ws(' ', title, text), $weighs)
    AND stream NOT IN (SELECT unnest($passed::VARCHAR[]))
    AND NOT EXISTS (FROM named WHERE named.stream = item.stream)
    AND NOT EXISTS (FROM backing WHERE list_contains(item.sources, backing.event_id))
