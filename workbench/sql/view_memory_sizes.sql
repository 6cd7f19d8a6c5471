-- How many stand in each tier of memory?
SELECT
    (SELECT count(*) FROM entity WHERE merged_into IS NULL) AS entities,
    (SELECT count(*) FROM entity WHERE merged_into IS NOT NULL) AS merged,
    (SELECT count(*) FROM fact WHERE stands) AS facts,
    (SELECT coalesce(sum(assertions), 0) - count(*) FILTER (stands) FROM fact) AS past_facts,
    (SELECT count(*) FROM memory_item WHERE state = 'kept') AS items,
    (SELECT count(*) FROM memory_item WHERE state <> 'kept') AS asleep,
    (SELECT count(*) FROM task WHERE NOT finished) AS tasks,
    (SELECT count(*) FROM plan WHERE state = 'running') AS plans,
    (SELECT min(requested_at)::DATE FROM task WHERE NOT finished) AS oldest_task
