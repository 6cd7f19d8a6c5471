-- How does each bank write its tables, where its files leave that open? The stream is named after the header.
SELECT
    stream,
    version,
    position,
    split_part(stream, '/', 2) AS header,
    kept->>'numbers' AS numbers,
    kept->>'days' AS days
FROM (
    SELECT stream, max(version) AS version, max(position) AS position, arg_max(data, position) AS kept
    FROM folded
    GROUP BY stream
)
