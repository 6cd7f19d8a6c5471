"""The page 'evaluation' in parts: what the bookkeeper would have said of the recorded past, beside what was booked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from workbench.capabilities.books.categories.evaluation import (
    CategoryEvaluation,
    CategoryJudged,
    evaluate_categories,
)
from workbench.capabilities.books.evaluation import VERDICTS, Counts, Evaluation, Judged, Verdict, evaluate
from workbench.capabilities.books.past import Settled, recorded_past
from workbench.company import Company
from workbench.view_figures import Cell, day, figures
from workbench.view_page import Markup, counted, element, joined, money, soft, word

LISTED = 200
DECIDERS = {"operator": "you", "automatic": "the bookkeeper"}
HEADS = ("Alone, right", "Alone, wrong", "Asked, best was right", "Asked rightly")


@dataclass(frozen=True, slots=True, kw_only=True)
class Hindsight:
    """Matches and categories of one company, judged once more."""

    matches: Evaluation
    categories: CategoryEvaluation


def hindsight(company: Company) -> Hindsight:
    """Judge a company's recorded past; nothing is written. Raises what asking the company raises."""
    past = recorded_past(company)
    return Hindsight(matches=evaluate(past, company.settings), categories=evaluate_categories(past))


def summary(of: Hindsight) -> Markup:
    """Return how many were which, and how well scores are known."""
    found = of.matches
    if not found.judged:
        return word("Nothing is settled yet, so there is nothing to judge.")
    counts = found.counts
    terms = [
        ("Settled alone, right", counts.right),
        ("Settled alone, wrong", counts.wrong),
        ("Asked, although the best was right", counts.needless),
        ("Asked rightly", counts.asked),
    ]
    own = (
        f"{counted(counts.all, 'settled transaction')} judged as if each came anew, knowing what was known before its "
        f"day. You decided {found.by_operator:,} of them; what the bookkeeper settled alone and nobody contradicted "
        "counts as right. The rules and limits of the settings are those of today."
    )
    shown = joined(element("div", element("dt", name), element("dd", f"{count:,}")) for name, count in terms)
    return element("section", element("dl", shown, class_="wb-sums"), soft(own))


def groups(of: Hindsight, base: str) -> Markup:
    """Return the counts by pattern and by amount."""
    found = of.matches
    return joined(
        [
            _section("By amount", _counts(f"Worth in {base}", found.by_band())),
            _section("By pattern", _counts("Pattern", found.by(lambda each: each.pattern))),
        ]
    )


def calibration(of: Hindsight) -> Markup:
    """Return how well scores are known: over what the operator decided alone."""
    found = of.matches
    said = f"{str(found.calibration)[:1].upper()}{str(found.calibration)[1:]}."
    return element(
        "section",
        element("h2", "What a score is worth"),
        soft(
            f"{said} A point on the line means what it says: of explanations with that score, that share was right."
        ),
    )


def listed(of: Hindsight, verdict: Verdict) -> Markup:
    """Return every transaction of a verdict, each with what was said, what was booked, and the way to its chain."""
    judged = of.matches.of(verdict)
    title = f"{VERDICTS[verdict][:1].upper()}{VERDICTS[verdict][1:]}: {len(judged):,}"
    if not judged:
        return _section(title, soft("None."))
    more = [soft(f"The first {LISTED} are listed; 'workbench books evaluate --json' lists all.")]
    return _section(
        title,
        element("ul", joined(_judged(each) for each in judged[:LISTED]), class_="wb-rows"),
        *(more if len(judged) > LISTED else []),
    )


def learned(of: Hindsight) -> Markup:
    """Return how the learner of categories would have done, and what it would have said otherwise."""
    found, known = of.categories, of.categories.calibration
    if not found.judged:
        return _section("Categories", soft("You have given no category yet, so nothing was learned."))
    words = (
        f"{len(found.answered):,} of your {counted(len(found.judged), 'decision')} would have been answered with what "
        f"was learned in the months before, {len(found.wrong):,} of them otherwise than you did. With each decision "
        f"left out once: Brier score {known.brier:.3f}, n {known.n}; {known.right} of {known.answered} answers right."
    )
    wrong = element("ul", joined(_learned(each) for each in found.wrong[:LISTED]), class_="wb-rows")
    return _section("Categories", soft(words), *([wrong] if found.wrong else []))


def _counts(title: str, counted_: Mapping[str, Counts]) -> Markup:
    rows: list[list[Cell]] = [
        [name, *(_count(number) for number in (each.right, each.wrong, each.needless, each.asked))]
        for name, each in counted_.items()
    ]
    return figures((title, *HEADS), rows)


def _count(number: int) -> Markup:
    return element("span", f"{number:,}", class_="wb-plus" if number else "wb-unknown")


def _judged(each: Judged) -> Markup:
    score = "" if each.score is None else f" · score {each.score:.2f}"
    return element(
        "li",
        _head(each.settled),
        _pairs(*_said(each)),
        element(
            "details",
            element("summary", f"Why: {each.pattern}{score}"),
            element("p", each.because, class_="wb-reason"),
            element(
                "p",
                f"Booked because {each.settled.reason}" if each.settled.reason else "",
                class_="wb-reason",
            ),
            _way(each.settled),
        ),
    )


def _said(each: Judged) -> list[tuple[str, str]]:
    if each.right:
        return [(f"Said first, and booked by {_who(each.settled)}", each.booked)]
    return [("Would have said", each.said), (f"Booked by {_who(each.settled)}", each.booked)]


def _learned(each: CategoryJudged) -> Markup:
    probability = f" ({each.probability:.0%})" if each.probability is not None else ""
    return element(
        "li",
        _head(each.settled),
        _pairs(("Would have said", f"{each.said}{probability}"), ("You said", each.booked)),
        element("details", element("summary", "Why"), element("p", each.because), _way(each.settled)),
    )


def _head(settled: Settled) -> Markup:
    payment = settled.payment
    return element(
        "div",
        element("b", f"{day(payment.booked_on, year=True)} · {payment.counterparty or payment.text}"),
        element("span", money(payment.amount, payment.currency), class_="wb-number"),
        class_="wb-line",
    )


def _pairs(*pairs: tuple[str, str]) -> Markup:
    terms = joined(element("div", element("dt", term), element("dd", meaning)) for term, meaning in pairs)
    return element("dl", terms, class_="wb-terms")


def _way(settled: Settled) -> Markup:
    """The way to the chain on the page 'books', and to the story in the log."""
    payment = settled.payment
    chain = f"../books/?month={payment.booked_on:%Y-%m}&line={payment.stream}"
    return element(
        "p",
        element("a", "What it rests on", href=chain),
        " · ",
        element("a", "Whole story in the log", href=f"../log/?story={settled.story}"),
    )


def _who(settled: Settled) -> str:
    return DECIDERS.get(settled.decided_by or "", "nobody")


def _section(title: str, *parts: Markup) -> Markup:
    return element("section", element("h2", title), joined(parts))
