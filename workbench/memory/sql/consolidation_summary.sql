-- Was this summary ever kept, does it stand, and for how many items?
SELECT
    (SELECT max(version) FROM event WHERE stream = $stream) AS version,
    (SELECT count(*) FROM memory_item WHERE stream = $stream AND state = 'kept') AS stands,
    (SELECT count(*) FROM memory_item WHERE folded_into = $stream) AS members
