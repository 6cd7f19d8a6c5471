-- How many items that stand were there at a position, and were said anew since?
SELECT count(*) AS count
FROM memory_item
WHERE state = 'kept' AND position > $until
  AND stream IN (SELECT stream FROM event WHERE version = 1 AND position <= $until)
