-- What held of these entities on a day, and what is to come after it, as it was known by then? The last word on a day
-- counts; without a day, the last word. What was retracted by then is no word, nor is what was said before that.
WITH said AS (
    SELECT
        *,
        coalesce(valid_from, '-infinity'::DATE) AS first_day,
        coalesce(valid_to, 'infinity'::DATE) AS last_day
    FROM fact_history
    WHERE list_contains($subjects::VARCHAR[], subject) AND position <= $position
    QUALIFY NOT coalesce(
        bool_or(ended_by = 'retracted' AND ended_position <= $position) OVER (
            PARTITION BY stream ORDER BY position ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING
        ),
        false
    )
)
SELECT
    subject,
    predicate,
    value,
    valid_from,
    valid_to,
    confidence,
    origin,
    sources,
    recorded_at,
    position,
    stream,
    event_id,
    coalesce(first_day > $day::DATE, false) AS is_coming
FROM said
WHERE coalesce(last_day >= $day::DATE, true)
    AND NOT EXISTS (
        FROM said AS newer
        WHERE newer.stream = said.stream
            AND newer.position > said.position
            AND ($day::DATE IS NULL OR greatest(said.first_day, $day::DATE) BETWEEN newer.first_day AND newer.last_day)
    )
ORDER BY predicate, coalesce(valid_from, recorded_at::DATE) DESC, position DESC
