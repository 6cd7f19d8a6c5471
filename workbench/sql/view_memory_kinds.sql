-- Of which kinds is somebody known?
SELECT kind, count(*) AS entities FROM entity WHERE merged_into IS NULL GROUP BY kind ORDER BY entities DESC, kind
