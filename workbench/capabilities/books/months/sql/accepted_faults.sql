-- By how much may an account's balances be apart in these days, because the operator took a statement as it is?
SELECT s.account, s.currency, q.amount, q.key
FROM task AS t
JOIN queue AS q ON q.task = t.stream
JOIN bank_statement AS s ON s.stream = t.subject
WHERE t.kind = 'bank.check_statement'
    AND q.state = 'answered'
    AND q.answer = 'accept'
    AND q.amount IS NOT NULL
    AND coalesce(s.first_on, s.opening_on, s.closing_on) <= $last::DATE
    AND coalesce(s.closing_on, s.last_on) >= $first::DATE
ORDER BY s.account, q.key
