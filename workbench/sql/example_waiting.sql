-- What waits, most money at risk first
SELECT at_stake, kind, risk, summary
FROM queue
WHERE state = 'open'
ORDER BY abs(at_stake) DESC NULLS LAST
