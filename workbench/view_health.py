"""The page 'health' in parts: whether effects go on, what waits and works, and both ledgers side by side."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from urllib.parse import quote

from workbench.company import Company
from workbench.health import Health, Row, again_at, error_rate
from workbench.jobs.trouble import sentences
from workbench.view_figures import Cell, figure, figures
from workbench.view_page import Markup, counted, element, joined, soft, when, word
from workbench.view_today import KINDS

MODES = ("sandbox", "production")
LEDGER = ("intended", "under_way", "sent", "confirmed", "unknown", "failed", "compensated")
SAYS = {"under_way": "under way", "sent": "sent, not read back"}
NOT_GOOD = ("unknown", "failed")


def state(company: Company, found: Health) -> Markup:
    """Return whether anything is wrong that the operator should know at once."""
    lines = problems(company, found)
    return joined(lines) if lines else word("Effects go on, and every account outside answers.", good=True)


def problems(company: Company, found: Health) -> list[Markup]:
    """Return a line for each thing that is wrong."""
    return [
        *((word(found.barred, good=False),) if found.barred else ()),
        *_held(company, found),
        *(_breaker(company, row, found.at) for row in found.breakers),
        *_count(found, "unknown", "effect", "happened or not, nobody knows"),
        *_jobs(company, found),
    ]


def _jobs(company: Company, found: Health) -> Iterable[Markup]:
    """Yield a line for each job that failed or was missed, and for a schedule that nobody keeps."""
    for words, run in sentences(found.jobs, company.settings.tz):
        line = [words, " ", element("a", "The run", href=f"../runs/?run={quote(run)}")] if run else [words]
        yield element("div", *line, class_="wb-word wb-bad", role="status")


def _held(company: Company, found: Health) -> Iterable[Markup]:
    if found.held is not None:
        why = f": {found.held.reason}" if found.held.reason else ""
        since = f"since {when(found.held.since, company)}, by {found.held.account}{why}"
        yield word(f"Effects are held {since}. 'workbench release' lets them go on.", good=False)


def _breaker(company: Company, row: Row, now: datetime) -> Markup:
    until = again_at(row, now)
    left = f"is left alone until {when(until, company)}" if until else "failed; the next call tries it again"
    return word(f"{row['connector']} ({row['account']}) {left}: {row['reason']}", good=False)


def _count(found: Health, state_: str, thing: str, says: str) -> Iterable[Markup]:
    count = found.total(state_, found.effects)
    if count:
        yield word(f"{counted(count, thing)}: {says}. Each is a row of the queue.", good=False)


def numbers(found: Health) -> Markup:
    """Return the figures that say how it runs."""
    attempts, failed = (found.total(field, found.effects) for field in ("attempts", "failed_attempts"))
    terms = [
        ("Rows that wait for you", f"{found.waiting:,}"),
        ("The oldest waits for", _age(found.oldest_at, found.at)),
        (
            "Tasks open",
            f"{sum(found.total(each, found.tasks) for each in ('requested', 'in_progress', 'blocked')):,}",
        ),
        ("Plans under way", f"{len(found.plans):,}"),
        ("Held by workers", f"{len(found.leases):,}"),
        ("Attempts outside that failed", f"{failed / attempts:.1%}" if attempts else "–"),
        ("Manual fixes", f"{found.total('manual_fixes', found.tasks):,}"),
    ]
    shown = joined(element("div", element("dt", name), element("dd", value)) for name, value in terms)
    kinds = ", ".join(counted(row["rows"], KINDS[row["kind"]]) for row in found.queue)
    expiring = found.total("expiring", found.queue)
    soon = f"{counted(expiring, 'row')} expire within a day." if expiring else ""
    return element(
        "section",
        element("dl", shown, class_="wb-sums"),
        soft(" ".join(each for each in (kinds, soon) if each)),
    )


def _age(since: datetime | None, now: datetime) -> str:
    if since is None:
        return "–"
    age = now - since
    if age >= timedelta(days=2):
        return f"{age.days} days"
    minutes = int(age.total_seconds() // 60)
    return f"{minutes // 60} h" if minutes >= 120 else f"{minutes} min"


def ledgers(found: Health) -> Markup:
    """Return what each connector did, rehearsed and real side by side."""
    title = element("h2", "What left, and what was rehearsed")
    if not found.effects:
        return element("section", title, soft("Nothing was ever done outside, and nothing rehearsed."))
    return element("section", title, *(_ledger(found.effects, mode) for mode in MODES))


def _ledger(effects: Sequence[Row], mode: str) -> Markup:
    rows = [row for row in effects if row["mode"] == mode]
    if not rows:
        return soft(f"{mode.title()}: nothing.")
    shown = [name for name in LEDGER if any(row[name] for row in rows)]
    heads = (
        "Connector",
        "Account",
        "For",
        *(SAYS.get(name, name) for name in shown),
        "attempts",
        "failed attempts",
    )
    return figures(heads, [_ledger_line(row, shown) for row in rows], caption=mode.title())


def _ledger_line(row: Row, shown: Sequence[str]) -> list[Cell]:
    rate = error_rate(row)
    return [
        row["connector"],
        row["account"],
        row["capability"],
        *(_number(row[name], bad=name in NOT_GOOD) for name in shown),
        _number(row["attempts"]),
        _number(0) if rate is None else element("span", f"{rate:.0%}", class_="wb-plus"),
    ]


def _number(count: int, *, bad: bool = False) -> Markup:
    """Return a count to stand in a table: none is a dash, a bad one is marked."""
    if not count:
        return element("span", "–", class_="wb-unknown")
    return element("span", f"{count:,}", class_="wb-minus" if bad else "wb-plus")


def accounts(company: Company, found: Health) -> Markup:
    """Return how each account outside stands: its mode, its breaker, its last check."""
    title = element("h2", "Accounts outside")
    if not found.connectors:
        return element("section", title, soft("None was ever called, checked or switched."))
    heads = ("Connector", "Account", "Mode", "Breaker", "Failures in a row", "Last check")
    lines = [
        [
            row["connector"],
            row["account"] or "",
            row["mode"],
            _standing(company, row, found.at),
            _number(row["failures"], bad=True),
            _checked(company, row),
        ]
        for row in found.connectors
    ]
    return element("section", title, figures(heads, lines))


def _standing(company: Company, row: Row, now: datetime) -> str:
    until = again_at(row, now) if row["breaker"] == "open" else None
    return f"{row['breaker']} until {when(until, company)}" if until else str(row["breaker"])


def _checked(company: Company, row: Row) -> str:
    if row["checked_at"] is None:
        return "never"
    return f"{'passed' if row['check_ok'] else 'failed'}, {when(row['checked_at'], company)}"


def work(found: Health) -> Markup:
    """Return how the work of each capability stands."""
    title = element("h2", "Work")
    if not found.tasks:
        return element("section", title, soft("Nothing was ever asked for."))
    columns = (
        "requested",
        "in_progress",
        "blocked",
        "done",
        "failed",
        "cancelled",
        "failed_attempts",
        "manual_fixes",
    )
    heads = ("Capability", *(name.replace("_", " ") for name in columns), "oldest open")
    lines = [
        [
            row["capability"],
            *(_number(row[name], bad=name in ("blocked", "failed")) for name in columns),
            _age(row["oldest_at"], found.at),
        ]
        for row in found.tasks
    ]
    return element("section", title, figures(heads, lines))


def under_way(company: Company, found: Health) -> Markup:
    """Return the plans that run and the tasks that a worker holds."""
    plans = [
        [row["title"], row["state"], f"{row['completed_steps']} of {row['step_count']}", _due(company, row)]
        for row in found.plans
    ]
    leases = Counter((row["kind"], row["agent"]) for row in found.leases)
    return element(
        "section",
        element("h2", "Under way"),
        figures(("Plan", "State", "Steps done", "Due"), plans) if plans else soft("No plan is running."),
        soft(
            "; ".join(
                f"{counted(count, 'task')} {kind} held by the {agent}"
                for (kind, agent), count in leases.items()
            )
        ),
    )


def _due(company: Company, row: Row) -> str:
    return when(row["due"], company) if row["due"] else ""


def spend(found: Health) -> Markup:
    """Return what effects moved and what models cost, each in its currency."""
    title = element("h2", "Money")
    moved = [
        [row["connector"], row["capability"], row["mode"], figure(row["amount"], row["currency"])]
        for row in found.spend
    ]
    models = [
        [row["purpose"], row["capability"], f"{row['calls']:,} calls", figure(row["cost"], row["currency"])]
        for row in found.models
    ]
    return element(
        "section",
        title,
        figures(("Connector", "For", "Mode", "Moved"), moved) if moved else soft("No effect moved money."),
        figures(("Model purpose", "For", "Calls", "Cost"), models) if models else soft("No model was asked."),
    )
