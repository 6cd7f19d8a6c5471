-- How many items that stood then were said anew, folded or faded since?
SELECT count(*) AS count
FROM item_then
LEFT JOIN memory_item AS now
    ON now.stream = item_then.stream AND now.position = item_then.position AND now.state = 'kept'
WHERE item_then.state = 'kept' AND now.stream IS NULL
