-- Who is known whose name, alias or address holds these words, with how much; those spoken with last come first?
WITH said AS (
    SELECT entity AS stream, count(*) AS items, max(occurred_at) AS last_at
    FROM (SELECT unnest(entities) AS entity, occurred_at FROM memory_item WHERE state = 'kept')
    GROUP BY entity
),
told AS (
    SELECT
        subject AS stream,
        count(*) AS facts,
        list(value ORDER BY position) FILTER (predicate = 'role') AS roles,
        string_agg(value, ' ') FILTER (predicate IN ('name', 'email', 'phone', 'account', 'tax_id')) AS aliases
    FROM fact
    WHERE stands
    GROUP BY subject
),
known AS (
    SELECT
        each.root AS entity,
        any_value(root.kind) AS kind,
        any_value(root.name) AS name,
        sum(coalesce(told.facts, 0))::BIGINT AS facts,
        sum(coalesce(said.items, 0))::BIGINT AS items,
        flatten(list(coalesce(told.roles, []))) AS roles,
        max(said.last_at) AS last_at,
        string_agg(each.name || ' ' || coalesce(told.aliases, ''), ' ') AS words
    FROM entity_now AS each
    JOIN entity AS root ON root.stream = each.root
    LEFT JOIN said ON said.stream = each.stream
    LEFT JOIN told ON told.stream = each.stream
    GROUP BY each.root
)
SELECT entity, kind, name, list_distinct(roles) AS roles, facts, items, last_at::DATE AS last_on, count(*) OVER () AS total
FROM known
WHERE ($kind = '' OR kind = $kind) AND contains(strip_accents(lower(words)), strip_accents(lower($words)))
ORDER BY ($words <> '' AND starts_with(strip_accents(lower(name)), strip_accents(lower($words)))) DESC,
    last_at DESC NULLS LAST, name, entity
LIMIT $limit
