-- Income and cost of each month in the base currency; what has no recent rate is left out.
SELECT month, side, sum(worth)::DECIMAL(19, 4) AS worth
FROM profit_and_loss
GROUP BY month, side
ORDER BY month, side DESC
