-- How does each bank write its tables, where its files leave that open?
SELECT
    stream,
    version,
    position,
    kept->>'header' AS header,
    kept->>'numbers' AS numbers,
    kept->>'days' AS days
FROM (
    SELECT stream, max(version) AS version, max(position) AS position, arg_max(data, position) AS kept
    FROM folded
    GROUP BY stream
)
