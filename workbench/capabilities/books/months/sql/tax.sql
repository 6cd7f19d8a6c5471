-- How much tax stood in what was paid, by month, category and rate? By the rates the documents state, on the day of payment;
-- a rate that is not stated stays NULL, and so do net and tax.
SELECT
    month,
    side,
    category,
    tax_rate,
    currency,
    sum(net)::DECIMAL(19, 4) AS net,
    sum(tax)::DECIMAL(19, 4) AS tax,
    sum(amount)::DECIMAL(19, 4) AS gross
FROM ledger_line
WHERE side IN ('income', 'cost')
GROUP BY month, side, category, tax_rate, currency
ORDER BY month, side DESC, category, tax_rate NULLS LAST, currency
