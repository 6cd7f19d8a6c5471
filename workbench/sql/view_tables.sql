-- Which tables can be asked, and what are their columns?
SELECT table_name, string_agg(column_name, ', ' ORDER BY ordinal_position) AS columns
FROM information_schema.columns
WHERE table_schema = 'main' AND table_name <> 'read_model'
GROUP BY table_name
ORDER BY table_name
