"""`workbench books`: how the bookkeeper does, and taking back what it did."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Annotated, Any

import typer

from workbench.cli.shell import HERE, CompanyOption, JsonOption, command, opened, print_json, print_table

if TYPE_CHECKING:
    from workbench.capabilities.books.categories.evaluation import CategoryEvaluation, CategoryJudged
    from workbench.capabilities.books.evaluation import Counts, Evaluation, Judged

QUICK_S = 1.0
"""Whatever takes longer says how far it is."""
LISTED = 20

app = typer.Typer(no_args_is_help=True, help="How the bookkeeper does, and taking back what it did.")


@app.callback()
def nouns() -> None:
    """How the bookkeeper does, and taking back what it did."""


@app.command()
@command
def evaluate(company: CompanyOption = HERE, as_json: JsonOption = False) -> None:
    """Judge the recorded past once more, knowing only what was known before; changes nothing."""
    from workbench.capabilities.books.categories.evaluation import evaluate_categories
    from workbench.capabilities.books.evaluation import evaluate as evaluate_past
    from workbench.capabilities.books.past import recorded_past

    with opened(company) as opened_company:
        past, settings = recorded_past(opened_company), opened_company.settings
    total = sum(each.booking is not None for each in past.transactions)
    matched = evaluate_past(past, settings, _progress(total))
    categories = evaluate_categories(past)
    if as_json:
        for record in _records(matched, categories):
            print_json(record)
    else:
        _print(matched, categories)


def _progress(total: int) -> Callable[[int], None]:
    """Return what says how far it is, on a terminal and from the second second on."""
    begun = time.monotonic()

    def seen(done: int) -> None:
        if sys.stderr.isatty() and (time.monotonic() - begun > QUICK_S or done == total):
            end = "\n" if done == total else ""
            typer.echo(f"\r{done:,} of {total:,} transactions judged", err=True, nl=False)
            typer.echo(end, err=True, nl=False)

    return seen


def _print(matched: Evaluation, categories: CategoryEvaluation) -> None:
    if not matched.judged:
        return typer.echo("Nothing is settled yet, so there is nothing to judge.")
    counts = matched.counts
    typer.echo(
        f"{counts.all:,} settled transactions judged once more, {matched.by_operator:,} of them decided by you: "
        f"{counts.right:,} settled alone and right, {counts.wrong:,} alone and wrong, {counts.needless:,} asked "
        f"although the best was right, {counts.asked:,} asked rightly. Scores are {matched.calibration}."
    )
    _print_groups("pattern", matched.by(lambda each: each.pattern))
    _print_groups("amount", matched.by_band())
    _print_listed("settled alone, and booked otherwise", matched.of("wrong"))
    _print_listed("asked, although the best was right", matched.of("needless"))
    if not categories.judged:
        return typer.echo("Categories: you have decided none yet.")
    learned = categories.calibration
    typer.echo(
        f"Categories: {len(categories.answered):,} of {len(categories.judged):,} decisions of yours answered before "
        f"they came, {len(categories.wrong):,} of them otherwise; each left out once: Brier score "
        f"{learned.brier:.3f}, n {learned.n}."
    )
    return None


def _print_groups(title: str, groups: dict[str, Counts]) -> None:
    print_table(
        (title, "alone, right", "alone, wrong", "asked, best was right", "asked rightly"),
        [(name, each.right, each.wrong, each.needless, each.asked) for name, each in groups.items()],
    )


def _print_listed(title: str, judged: list[Judged]) -> None:
    typer.echo(f"{len(judged):,} {title}{':' if judged else '.'}")
    if judged:
        print_table(
            ("day", "amount", "counterparty", "would have said", "booked", "by"),
            [
                (
                    each.settled.payment.booked_on,
                    f"{each.settled.payment.amount:,.2f} {each.settled.payment.currency}",
                    each.settled.payment.counterparty,
                    each.said,
                    each.booked,
                    each.settled.decided_by,
                )
                for each in judged[:LISTED]
            ],
        )
    if len(judged) > LISTED:
        typer.echo(f"… and {len(judged) - LISTED:,} more; --json lists them all.")


def _records(matched: Evaluation, categories: CategoryEvaluation) -> Iterator[dict[str, Any]]:
    """Yield what was found, a record a line: the sums first, then every transaction."""
    counts = matched.counts
    yield {
        "kind": "sums",
        "right": counts.right,
        "wrong": counts.wrong,
        "needless": counts.needless,
        "asked": counts.asked,
        "decided_by_operator": matched.by_operator,
        "brier": matched.calibration.brier,
        "n": matched.calibration.n,
        "categories_brier": categories.calibration.brier,
        "categories_n": categories.calibration.n,
        "categories_answered": len(categories.answered),
        "categories_wrong": len(categories.wrong),
    }
    yield from (_record(each) for each in matched.judged)
    yield from (_category_record(each) for each in categories.judged)


def _record(judged: Judged) -> dict[str, Any]:
    payment = judged.settled.payment
    return {
        "kind": "transaction",
        "stream": payment.stream,
        "booked_on": payment.booked_on,
        "amount": payment.amount,
        "currency": payment.currency,
        "counterparty": payment.counterparty,
        "verdict": judged.verdict,
        "said": judged.said,
        "booked": judged.booked,
        "decided_by": judged.settled.decided_by,
        "pattern": judged.pattern,
        "score": judged.score,
        "band": judged.band,
        "because": judged.because,
        "row": judged.settled.row,
    }


def _category_record(judged: CategoryJudged) -> dict[str, Any]:
    return {
        "kind": "category",
        "stream": judged.settled.payment.stream,
        "booked_on": judged.settled.payment.booked_on,
        "said": judged.said,
        "probability": judged.probability,
        "booked": judged.booked,
        "because": judged.because,
        "row": judged.settled.row,
    }


@app.command()
@command
def undo(
    transaction: Annotated[
        str, typer.Argument(help="The beginning of its id, as the page 'books' shows it.")
    ],
    reason: Annotated[str, typer.Option(help="Why; it stays in the log.")],
    company: CompanyOption = HERE,
) -> None:
    """Take a booking back: what it had paid is open again, and you are asked about the transaction."""
    from workbench.recording import take_back

    with opened(company) as opened_company:
        typer.echo(take_back(opened_company, transaction, reason))
