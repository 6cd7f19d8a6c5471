"""What every view in the browser shares: the company, the frame of a page, and text from outside that stays text."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from html import escape
from shlex import quote
from typing import Any

import msgspec

from opc_kernel.approvals.queue import QueueRow
from opc_kernel.errors import KernelError
from workbench.company import Company, open_company

PAGES = ("today", "queue", "books", "memory", "runs", "evaluation", "health", "log")
WATCH_EVERY = "15s"
"""How often a page asks whether there is something new; it then says so, and rebuilds nothing under the reader."""
MAX_TEXT_CHARS = 2_000
ANYTHING = "SELECT 1 FROM event WHERE NOT starts_with(type, 'job.') LIMIT 1"
"""What jobs say of themselves is nothing that came into the company."""


class Unnamed(KernelError):
    """A view was opened without a company."""

    def __init__(self) -> None:
        super().__init__(
            "No company is named.",
            "Open the views with 'workbench up', or set WORKBENCH_COMPANY to its folder.",
        )


@dataclass(frozen=True, slots=True)
class Markup:
    """HTML that was made here; a notebook shows it as it stands. Any other text is escaped when it is put into it."""

    text: str = ""

    def _repr_html_(self) -> str:
        return self.text


def element(tag: str, *children: str | Markup, **attributes: str) -> Markup:
    """Return one element; text that is not Markup is escaped.

    Attributes are named as Python can: `class_` is `class`, `aria_label` is `aria-label`.
    """
    inside = "".join(each.text if isinstance(each, Markup) else escape(each) for each in children)
    given = "".join(
        f' {name.rstrip("_").replace("_", "-")}="{escape(value)}"' for name, value in attributes.items()
    )
    return Markup(f"<{tag}{given}>{inside}</{tag}>")


def joined(parts: Iterable[Markup]) -> Markup:
    """Return parts one after the other."""
    return Markup("".join(part.text for part in parts))


def soft(text: str) -> Markup:
    """Return a paragraph that steps back behind what matters."""
    return element("p", text, class_="wb-soft")


def opened() -> Company | KernelError:
    """Return the company of this page, or why it can't be opened; the view never closes it."""
    try:
        folder = os.environ.get("WORKBENCH_COMPANY")
        return open_company(folder) if folder else Unnamed()
    except KernelError as error:
        return error


def header(company: Company | KernelError, page: str) -> Markup:
    """Return the head of a page: whose company it is and the way to the other pages, or why it is not open."""
    links = joined(
        element("a", name.title(), href=f"../{name}/", aria_current="page" if name == page else "false")
        for name in PAGES
    )
    name = company.settings.name if isinstance(company, Company) else "Workbench"
    head = element("header", element("strong", name), element("nav", links), class_="wb-head")
    return joined([head, problem(company)]) if isinstance(company, KernelError) else head


def problem(error: KernelError) -> Markup:
    """Return what happened and what to do, for a reader."""
    words = element("strong", error.happened), element("p", error.todo)
    return element("div", *words, class_="wb-word wb-bad", role="alert")


@contextmanager
def told(stop: Callable[..., None]) -> Iterator[None]:
    """Let a cell of a page say what went wrong instead of its answer; `stop` is marimo's."""
    try:
        yield
    except KernelError as error:
        stop(predicate=True, output=problem(error))


def word(text: str, *, good: bool | None = None) -> Markup:
    """Return one line that must be seen: good news, bad news, or neither."""
    kind = {True: "wb-word wb-good", False: "wb-word wb-bad", None: "wb-word"}[good]
    return element("div", text, class_=kind, role="status")


def next_step(company: Company) -> Markup | None:
    """Return the one next step of a company that holds nothing yet, None for any other."""
    if company.query(ANYTHING).rows:
        return None
    command = f"workbench ingest --company {quote(str(company.folder))} STATEMENT"
    return element(
        "div",
        element("strong", "Nothing is here yet."),
        element("p", "Put a bank statement, a list of invoices or a file of rates into it:"),
        element("pre", command),
        class_="wb-word",
    )


def data_version(company: Company) -> int:
    """Return the position the log ends at: nothing has changed while it stays."""
    return int(company.query("SELECT coalesce(max(position), 0) FROM event").rows[0][0])


def money(amount: Decimal | None, currency: str | None) -> str:
    """Return an amount as people read it, empty without one."""
    return "" if amount is None else f"{amount:,.2f} {currency}".replace("-", "−")


def at_stake(row: QueueRow, base: str) -> str:
    """Return the money at risk in the base currency, or why nobody knows it."""
    if row.at_stake is not None:
        return money(abs(row.at_stake), base)
    return "no recent rate" if row.amount is not None else "no money at risk"


def when(instant: datetime, company: Company) -> str:
    """Return an instant on the company's clock."""
    return f"{instant.astimezone(company.settings.tz):%d %b %Y, %H:%M}"


def yesterday(company: Company) -> datetime:
    """Return the instant at which the company's yesterday began, in UTC."""
    day = company.today - timedelta(days=1)
    return datetime.combine(day, time(), company.settings.tz).astimezone(UTC)


def first_of(labels: dict[str, str], wanted: str | None) -> str | None:
    """Return the label whose id is wanted, else the first label; None when there is none."""
    return next((label for label, key in labels.items() if key == wanted), next(iter(labels), None))


def events_words(kind: str, count: int = 1) -> str:
    """Return an event type as words: `bank.transaction_booked` twice is '2 transactions booked'."""
    area, _, fact = kind.partition(".")
    *noun, done = fact.split("_")
    thing = " ".join(noun) or area
    return f"{thing} {done}" if count == 1 else f"{_plural(thing)} {done}"


def event_html(company: Company, event: Mapping[str, Any]) -> Markup:
    """Return one event to read: what, when and by whom; opened, where it stands and its data laid out."""
    what = element("b", events_words(event["type"]))
    who = element("small", f"{when(event['recorded_at'], company)} · {event['actor']} · by {event['source']}")
    where = element("small", f"{event['stream']} · position {event['position']}")
    data = pretty(event["data"])
    shown = data if len(data) <= MAX_TEXT_CHARS else f"{data[:MAX_TEXT_CHARS]} …"
    head = element("summary", what, element("code", event["type"]), who)
    return element("li", element("details", head, where, element("pre", shown)))


def pretty(data: str | None) -> str:
    """Return an event's data laid out for reading."""
    if data is None or data == "null":
        return "erased"
    return msgspec.json.format(data, indent=2)


def counted(count: int, thing: str) -> str:
    """Return a number with its noun: '1 row', '3 rows'."""
    return f"{count:,} {thing if count == 1 else _plural(thing)}"


def _plural(thing: str) -> str:
    if thing.endswith(("ch", "sh", "s", "x")):
        return f"{thing}es"
    return f"{thing[:-1]}ies" if thing.endswith("y") and thing[-2:-1] not in "aeiou" else f"{thing}s"
