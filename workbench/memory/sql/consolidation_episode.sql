-- Which episode is due, and which old items of it stand for themselves? One in which those are many, or one that is
-- over and, with those summed up before, long enough. An episode is a conversation; a series, the same words with other
-- figures by the same, as machines send them, which is old sooner; or else a month of the same entities.
WITH small AS (
    SELECT
        item.*,
        coalesce(nullif(array_to_string(list_sort(item.entities), ' '), ''), lower(item.speaker)) AS whose,
        regexp_replace(lower(item.text), '[0-9]+', '0', 'g') AS shape
    FROM memory_item AS item
    LEFT JOIN memory_item AS summary ON summary.stream = item.folded_into AND summary.kind = 'summary'
    WHERE item.kind IN ('mail', 'note', 'transcript') AND NOT item.pinned
        AND item.stream NOT IN (SELECT unnest($passed::VARCHAR[]))
        AND (item.state = 'kept' OR summary.stream IS NOT NULL)
        AND (item.conversation IS NOT NULL OR length(item.text) <= $small)
),
counted AS (
    SELECT
        *,
        conversation IS NULL
            AND count(*) OVER (PARTITION BY conversation IS NULL, lower(speaker), whose, shape) >= $least AS is_series
    FROM small
),
placed AS (
    SELECT
        *,
        CASE
            WHEN is_series THEN concat_ws(' ', 'series', lower(speaker), whose, md5(shape))
            ELSE coalesce(conversation, concat_ws(' ', strftime(occurred_at AT TIME ZONE 'UTC', '%Y-%m'), whose))
        END AS episode,
        occurred_at < if(is_series, $series_before, $before) AS is_old
    FROM counted
)
SELECT
    episode,
    (list(stream ORDER BY occurred_at, coalesce(place, 0), stream) FILTER (state = 'kept' AND is_old))[:$most] AS streams
FROM placed
GROUP BY episode, conversation IS NULL
HAVING count(*) FILTER (state = 'kept' AND is_old) >= $least
    OR (
        count(*) FILTER (state = 'kept' AND is_old) > 0
        AND count(*) FILTER (NOT is_old) = 0
        AND count(*) >= $least
    )
ORDER BY min(position)
LIMIT $groups
