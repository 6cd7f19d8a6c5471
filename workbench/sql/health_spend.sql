-- How much money did effects that happened move, by connector, capability, mode and currency? What was taken back is no spend.
SELECT
    connector,
    capability,
    mode,
    intent->'money'->>'currency' AS currency,
    sum((intent->'money'->>'amount')::DECIMAL(19, 4)) AS amount,
    count(*) AS effects
FROM effect
WHERE state IN ('sent', 'confirmed') AND json_exists(intent, '$.money.amount')
GROUP BY ALL
ORDER BY ALL
