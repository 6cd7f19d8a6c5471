-- Which streams of work got a step after a position, and up to where was looked?
SELECT stream, max(position) AS position
FROM event
WHERE position > $after AND position <= $up_to AND split_part(stream, '/', 1) IN ('plan', 'task', 'effect', 'model_call')
GROUP BY stream
