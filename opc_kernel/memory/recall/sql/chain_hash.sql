-- What is the hash of the event at a position?
SELECT chain_hash
FROM event
WHERE position = $position
