-- Is this event id stored, and which versions has this stream? One plain statement for both: planning takes most of
-- its time, and max() would add a third to it.
SELECT position, NULL AS version FROM event WHERE event_id = $1
UNION ALL
SELECT NULL, version FROM event WHERE stream = $2;
