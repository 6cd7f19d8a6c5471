-- What counts of each predicate, among all who are one with this root: what the operator said, else what is newest.
SELECT fact.*
FROM entity_now AS member
JOIN fact ON fact.subject = member.stream
WHERE member.root = $root AND fact.stands
QUALIFY row_number() OVER (
    PARTITION BY fact.predicate
    ORDER BY fact.origin = 'operator' DESC, coalesce(fact.valid_from, fact.recorded_at::DATE) DESC, fact.position DESC
) = 1
