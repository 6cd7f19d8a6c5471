"""What weighs: words with a figure, or of money, a promise or a decision, are never let go by a policy alone.

The patterns are read by the database as well, so they hold only what both understand alike.
"""

from __future__ import annotations

import re

MONEY = r"€|\$|£|\b(?:EUR|USD|GBP|CHF)\b|\b(?:euros?|dollars?|pounds?|francs?|franken|invoice|rechnung|price|preis)\b"
PROMISE = (
    r"\bpromis|\b(?:i|we|you|they|he|she)(?:'ll|’ll| will| shall)\b|\bguarantee|\bdeadline|\bcommit"
    r"|\b(?:by|until|before) (?:mon|tues|wednes|thurs|fri|satur|sun)day\b|\b(?:by|until|before) (?:the |[0-9])"
    r"|\b(?:versprech|versprich|versproch|zusag|zugesagt|frist)|\b(?:ich|wir) werden?\b|\bwerden? (?:ich|wir)\b"
    r"|\bbis (?:zum|spätestens|montag|dienstag|mittwoch|donnerstag|freitag|[0-9])"
)
DECISION = (
    r"\bagree|\bdecid|\bdecision|\bapprov|\baccept|\bcancel|\bterminat|\brenew|\bcontract|\bconfirm"
    r"|\b(?:vereinbar|beschlossen|entschieden|entscheid|genehmig|kündig|gekündigt|vertrag|verlänger|bestätig)"
)
FIGURE = "[0-9]"
"""A number, a day, a code: nobody can say whether it will be asked for."""
WEIGHS = f"(?i){FIGURE}|{MONEY}|{PROMISE}|{DECISION}"
_WEIGHS = re.compile(WEIGHS)


def weighs(sentence: str) -> bool:
    """Whether a sentence holds what a summary keeps first: any figure, a promise, a decision."""
    return _WEIGHS.search(sentence) is not None
