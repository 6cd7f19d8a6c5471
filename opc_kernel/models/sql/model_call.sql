-- What was asked of a model, what came of it, and what does it count for? While nobody knows what a call cost, it counts
-- with the most it may cost.
WITH last AS (
    SELECT
        stream,
        max(version) AS version,
        max(position) AS position,
        min(position) AS asked_position,
        arg_min(type, version) AS first_type,
        arg_max(type, version) AS last_type,
        arg_min(data, version) AS asked,
        arg_max(data, version) AS said,
        min(recorded_at) AS asked_at,
        arg_min(actor, version) AS actor,
        arg_min(correlation_id, version) AS correlation_id
    FROM folded
    GROUP BY stream
)
SELECT
    stream,
    version,
    position,
    asked_position,
    CASE last_type
        WHEN 'model.call_reserved' THEN 'reserved'
        WHEN 'model.call_answered' THEN 'answered'
        WHEN 'model.call_malformed' THEN 'malformed'
        WHEN 'model.call_failed' THEN 'failed'
        WHEN 'model.call_refused' THEN 'refused'
        WHEN 'model.answer_reused' THEN 'reused'
    END AS state,
    asked->>'task' AS task,
    asked->>'capability' AS capability,
    asked->>'customer' AS customer,
    asked->>'purpose' AS purpose,
    asked->>'prompt' AS prompt,
    (asked->>'prompt_version')::INTEGER AS prompt_version,
    asked->>'request' AS request,
    asked->>'tier' AS tier,
    asked->>'host' AS host,
    asked->>'model' AS model,
    (asked->>'day')::DATE AS day,
    (asked->>'turn')::INTEGER AS turn,
    coalesce((asked->>'remote')::BOOLEAN, false) AS remote,
    coalesce(asked->'disclosed', '[]'::JSON) AS disclosed,
    asked->>'currency' AS currency,
    (asked->>'at_most')::DECIMAL(19, 8) AS at_most,
    coalesce(if(version > 1, (said->>'cost')::DECIMAL(19, 8), NULL), (asked->>'at_most')::DECIMAL(19, 8), 0) AS counted,
    if(version > 1, (said->>'sent_tokens')::BIGINT, NULL) AS sent_tokens,
    if(version > 1, (said->>'received_tokens')::BIGINT, NULL) AS received_tokens,
    if(version > 1, (said->>'duration_ms')::BIGINT, NULL) AS duration_ms,
    if(last_type = 'model.call_answered', said->>'answer', NULL) AS answer,
    said->>'reason' AS reason,
    asked->>'cause' AS cause,
    asked->>'call' AS reused_call,
    actor,
    asked_at,
    correlation_id
FROM last
