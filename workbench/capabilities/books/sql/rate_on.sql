-- What was one unit of a currency worth in another on a day: by the last rate before it, at most 31 days old, either way?
SELECT arg_max(if(base = $base, rate, 1 / rate), rate_on)::DECIMAL(19, 8) AS rate
FROM rate
WHERE ((base = $base AND quote = $quote) OR (base = $quote AND quote = $base))
    AND rate_on BETWEEN $day::DATE - 31 AND $day::DATE
