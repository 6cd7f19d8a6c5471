"""Rules found in repeated decisions, each tried on the past before it is shown; pure, and nothing here makes a rule."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

from workbench.capabilities.books.categories.covering import covers, direction, text_of
from workbench.capabilities.books.categories.decision import NEVER_GUESSED, Decision
from workbench.capabilities.books.matching.document import Payment
from workbench.capabilities.books.matching.names import LEGAL_FORMS
from workbench.settings import Rule

MIN_TIMES = 3
"""So often must the same have been decided before a rule is thought of."""
MIN_LETTERS = 4
"""Shorter words stand within too many others: a rule looks for them anywhere in a text."""
CHANCE = 0.10
"""How likely it may be that a word of no meaning was always decided alike: (share of the category) ** times."""
MAX_SHARE = 0.3
"""A word in more than this share of all payments of a direction is the bank's, not a vendor's."""
MAX_DECISIONS = 5_000
MAX_RULES = 10
LISTED = 3

_Shares = dict[tuple[str, str], float]

WORD = re.compile(r"[^\W\d_]{4,}")


@dataclass(frozen=True, slots=True, kw_only=True)
class BackTest:
    """What a rule would have done in the past.

    `alike` was decided as the rule would; `otherwise` was not; `settled` are payments that an invoice or another
    account took, and that the rule would have booked; `saved` counts the questions since it could have been a rule.
    """

    alike: tuple[Decision, ...]
    otherwise: tuple[Decision, ...]
    settled: tuple[Payment, ...]
    saved: int

    @property
    def is_clean(self) -> bool:
        """Whether it would never have gone against the operator."""
        return not self.otherwise and not self.settled


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundRule:
    """A rule that may be proposed, with its trial."""

    rule: Rule
    back_test: BackTest

    @property
    def reason(self) -> str:
        """Why it is proposed, in one line."""
        return tried(self.rule, self.back_test)


def mine(
    decisions: Sequence[Decision],
    *,
    parties: Collection[str],
    settled: Sequence[Payment] = (),
    rules: Sequence[Rule] = (),
    times: int = MIN_TIMES,
) -> list[FoundRule]:
    """Return rules that the operator's decisions (newest last) agree with, what saves most first.

    `parties` are the names on invoices: no rule may catch what an invoice could ask for. What `rules` cover is left
    out: the first rule that covers a payment decides, and a new one comes last.
    """
    names = frozenset(party.casefold() for party in parties)
    shares = _shares(decisions[-MAX_DECISIONS:])
    recent = _uncovered(decisions[-MAX_DECISIONS:], rules)
    still_open = [one for one in recent if not _bears(one.payment, names)]
    not_to_be_caught = [*settled, *(one.payment for one in recent if _bears(one.payment, names))]
    found: list[FoundRule] = []
    while len(found) < MAX_RULES and (best := _best(still_open, names, not_to_be_caught, shares, times)):
        found.append(best)
        still_open = _uncovered(still_open, [best.rule])
    return found


def back_test(
    rule: Rule, decisions: Sequence[Decision], settled: Sequence[Payment] = (), times: int = MIN_TIMES
) -> BackTest:
    """Try a rule, found or the operator's own, on decisions (newest last) and on payments settled in other ways."""
    caught = [one for one in decisions if covers(rule, one.payment)]
    alike = tuple(one for one in caught if one.category == rule.category)
    return BackTest(
        alike=alike,
        otherwise=tuple(one for one in caught if one.category != rule.category),
        settled=tuple(one for one in settled if covers(rule, one)),
        saved=max(0, len(alike) - times),
    )


def tried(rule: Rule, trial: BackTest) -> str:
    """Say what a rule would have done in the past: for what it was right, and for what not."""
    caught = len(trial.alike) + len(trial.otherwise)
    words = " or ".join(repr(word) for word in rule.contains)
    lines = [
        f"you booked {len(trial.alike)} of {caught} payments with {words} as {rule.category!r}{_span(trial)}"
    ]
    if trial.otherwise:
        lines.append(f"you decided otherwise on {_listed(one.payment for one in trial.otherwise)}")
    if trial.settled:
        lines.append(f"an invoice or another account settled {_listed(trial.settled)}")
    else:
        lines.append("no payment that an invoice settled has these words")
    return "; ".join(lines)


def _span(trial: BackTest) -> str:
    if not trial.alike:
        return ""
    first, last = (trial.alike[at].payment.booked_on for at in (0, -1))
    months = (last.year - first.year) * 12 + last.month - first.month + 1
    so_far = f", and would have saved {trial.saved} of those" if trial.saved else ""
    return f" ({first} to {last}); as a rule it saves about {len(trial.alike) / months:.1f} questions a month{so_far}"


def _listed(payments: Iterable[Payment]) -> str:
    """Name the first few, and say how many more there are."""
    every = list(payments)
    named = ", ".join(f"{one.counterparty or one.text} on {one.booked_on}" for one in every[:LISTED])
    return f"{named} and {len(every) - LISTED} more" if len(every) > LISTED else named


def _uncovered(decisions: Sequence[Decision], rules: Sequence[Rule]) -> list[Decision]:
    return [one for one in decisions if not any(covers(rule, one.payment) for rule in rules)]


def _shares(decisions: Sequence[Decision]) -> _Shares:
    """How much of all that was decided of a direction is of each category, also of what rules cover by now."""
    of = Counter(direction(one.payment) for one in decisions)
    both = Counter((direction(one.payment), one.category) for one in decisions)
    return {key: times / of[key[0]] for key, times in both.items()}


def _best(
    decisions: Sequence[Decision],
    names: Collection[str],
    settled: Sequence[Payment],
    shares: _Shares,
    times: int,
) -> FoundRule | None:
    """Return the first rule that stands its trial, those that cover most being tried first.

    Where several cover the same, the whole name goes before a word of it, and that before a word of the text: the
    narrowest surprises least.
    """
    candidates = [
        candidate
        for way in ("in", "out")
        for candidate in _candidates(
            [one for one in decisions if direction(one.payment) == way], shares, times
        )
    ]
    candidates.sort(key=lambda each: (-each.times, each.breadth, -len(each.words), each.words))
    for candidate in (each for each in candidates if not any(each.words in name for name in names)):
        trial = back_test(candidate.rule, decisions, settled, times)
        if trial.is_clean:
            return FoundRule(rule=candidate.rule, back_test=trial)
    return None


def _bears(payment: Payment, names: Collection[str]) -> bool:
    text = text_of(payment)
    return any(len(name) >= MIN_LETTERS and name in text for name in names)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Candidate:
    """Words that always stood beside one category; breadth 0 is a whole name, 1 a word of names, 2 a word of texts."""

    words: str
    times: int
    breadth: int
    rule: Rule


def _candidates(decisions: Sequence[Decision], shares: _Shares, times: int) -> Iterator[_Candidate]:
    """Yield the words that were decided alike so often that chance explains it badly. All go one direction."""
    for (words, breadth), beside in _found_beside(decisions).items():
        category = beside[0].category
        by_chance = shares[direction(beside[0].payment), category] ** len(beside)
        is_alike = all(one.category == category for one in beside)
        is_the_banks = breadth == 2 and len(beside) > MAX_SHARE * len(decisions)
        is_guess = category not in NEVER_GUESSED and is_alike and by_chance <= CHANCE
        if len(beside) >= times and is_guess and not is_the_banks:
            rule = Rule(category=category, contains=(words,), direction=direction(beside[0].payment))
            yield _Candidate(words=words, times=len(beside), breadth=breadth, rule=rule)


def _found_beside(decisions: Sequence[Decision]) -> dict[tuple[str, int], list[Decision]]:
    """A text is looked into only where the name does not tell: of a payment service, or of nobody."""
    categories: defaultdict[str, set[str]] = defaultdict(set)
    for one in decisions:
        categories[one.payment.counterparty.casefold()].add(one.category)
    beside: defaultdict[tuple[str, int], list[Decision]] = defaultdict(list)
    for one in decisions:
        name = one.payment.counterparty.casefold()
        for found in _words_of(name, one.payment.text if not name or len(categories[name]) > 1 else ""):
            beside[found].append(one)
    return beside


def _words_of(name: str, text: str) -> Iterator[tuple[str, int]]:
    """Yield the whole name, its words and the words of the text, each once and with its breadth."""
    in_name = set(WORD.findall(name)) - LEGAL_FORMS
    if sum(letter.isalpha() for letter in name) >= MIN_LETTERS:
        yield name, 0
    yield from ((word, 1) for word in in_name - {name})
    yield from ((word, 2) for word in set(WORD.findall(text.casefold())) - in_name - {name} - LEGAL_FORMS)
