-- What stood of these entities by then? What was superseded or retracted since stood then.
SELECT subject, predicate, value, valid_from, valid_to, confidence, origin, sources, recorded_at, position, stream
FROM fact_history
WHERE list_contains($subjects::VARCHAR[], subject)
    AND position <= $position
    AND coalesce(ended_position > $position, true)
ORDER BY predicate, coalesce(valid_from, recorded_at::DATE) DESC, position DESC
