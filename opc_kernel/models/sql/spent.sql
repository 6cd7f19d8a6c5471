-- What was spent before one more call, as the caps see it, and at which version are yesterday, today and tomorrow?
SELECT
    count(*) FILTER (task = $task AND state <> 'refused') AS task_calls,
    count(*) FILTER (day = $day::DATE AND state NOT IN ('refused', 'reused')) AS day_calls,
    coalesce(sum(counted) FILTER (task = $task AND currency = $currency), 0) AS task,
    coalesce(sum(counted) FILTER (day = $day::DATE AND currency = $currency), 0) AS day,
    coalesce(sum(counted) FILTER (day = $day::DATE AND currency = $currency AND capability = $capability), 0) AS capability,
    coalesce(sum(counted) FILTER (day = $day::DATE AND currency = $currency AND customer = $customer), 0) AS customer,
    count(*) FILTER (correlation_id = $story AND state <> 'refused') AS story_calls,
    coalesce(sum(counted) FILTER (correlation_id = $story AND currency = $currency), 0) AS story,
    (SELECT coalesce(max(version), 0) FROM event WHERE stream = $yesterday) AS yesterday_version,
    (SELECT coalesce(max(version), 0) FROM event WHERE stream = $today) AS today_version,
    (SELECT coalesce(max(version), 0) FROM event WHERE stream = $tomorrow) AS tomorrow_version
FROM model_call
WHERE day = $day::DATE OR task = $task OR correlation_id = $story
