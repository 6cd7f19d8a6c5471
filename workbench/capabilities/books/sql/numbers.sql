-- Which invoice numbers are known at all? A payment that names another one contradicts a match.
SELECT number FROM invoice WHERE direction = $direction ORDER BY number
