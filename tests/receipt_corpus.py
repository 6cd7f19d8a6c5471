"""Receipts against two corpora: payment e-mails with a question each, and shops' order pages with what a peer read.

The e-mails are dev/emails.jsonl in a folder: context, question ("Find the $ value paid to|by NAME? …") and ideal
("$1,234.00" or "unknown"). The pages are dev/source/amazon/**/ID.html in a folder, ID.json beside them.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path

from workbench.capabilities.books.receipts.amounts import number_of
from workbench.capabilities.books.receipts.child import text_of_html
from workbench.capabilities.books.receipts.reading import Receipt, read

UNKNOWN = "unknown"
_QUESTION = re.compile(r"paid (?P<way>to|by) (?P<name>.+?)\? If")
_FROM = re.compile(r"EMAIL_FROM: ?(?P<sender>[^|]*)\|")


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A question of the corpus with its ideal answer and ours."""

    number: int
    question: str
    ideal: str
    ours: str

    @property
    def is_right(self) -> bool:
        """Whether ours is the ideal one."""
        return self.ideal == self.ours


def emails(folder: Path) -> list[Asked]:
    """Answer the question of every e-mail."""
    lines = (folder / "dev" / "emails.jsonl").read_text("utf-8").splitlines()
    return [_asked(number, json.loads(line)) for number, line in enumerate(lines) if line.strip()]


def _asked(number: int, record: dict[str, str]) -> Asked:
    question = _QUESTION.search(record["question"])
    sender = _FROM.search(record["context"])
    receipt = read(record["context"], sender=sender["sender"] if sender else "")
    is_stated = not record["ideal"].lower().startswith(UNKNOWN)
    return Asked(
        number=number,
        question=f"{question['way']} {question['name']}",
        ideal=str(number_of(record["ideal"].lstrip("$"))) if is_stated else UNKNOWN,
        ours=paid(receipt, question["way"], question["name"]),
    )


def paid(receipt: Receipt, way: str, name: str) -> str:
    """What was paid to or by somebody, by a receipt."""
    party = receipt.payee if way == "to" else receipt.payer
    if receipt.amount is None or not receipt.is_paid or name.casefold() not in party.casefold():
        return UNKNOWN
    return str(abs(receipt.amount))


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """An order page: what is stated of it and what was read."""

    file: str
    stated: tuple[str, date, Decimal | None]
    ours: tuple[str, date | None, Decimal | None]


def pages(folder: Path) -> list[Page]:
    """Read every order page that has an answer beside it."""
    found = sorted((folder / "dev" / "source" / "amazon").rglob("*.html"))
    return [_page(path) for path in found if path.with_suffix(".json").exists()]


def _page(path: Path) -> Page:
    stated = json.loads(path.with_suffix(".json").read_text("utf-8"))
    receipt = read(text_of_html(path.read_text("utf-8", errors="replace")))
    return Page(
        file=path.name,
        stated=(stated["order_id"], date.fromisoformat(stated["order_date"]), _total(stated)),
        ours=(receipt.number, receipt.day, receipt.amount),
    )


def _total(stated: dict) -> Decimal | None:
    """What the cards were charged, else what the shipments cost; None where the peer could not read it."""
    shipments = [one["total"] for one in stated["shipments"]]
    amounts = [one["amount"] for one in stated["credit_card_transactions"]] or shipments
    return sum((Decimal(one["number"]) for one in amounts), Decimal(0)) if None not in amounts else None


def report(emails_folder: Path, pages_folder: Path) -> Iterator[str]:
    """Yield the figures, and every difference."""
    asked = emails(emails_folder)
    stated = [one for one in asked if one.ideal != UNKNOWN]
    yield f"e-mails: {sum(one.is_right for one in asked)} of {len(asked)} right"
    yield f"  stated: {sum(one.is_right for one in stated)} of {len(stated)}"
    yield from (
        f"  {one.number}: paid {one.question}: {one.ours}, ideal {one.ideal}"
        for one in asked
        if not one.is_right
    )
    for page in pages(pages_folder):
        yield f"page {page.file}: {'equal' if page.stated == page.ours else f'{page.ours}, stated {page.stated}'}"


if __name__ == "__main__":
    print("\n".join(report(Path(sys.argv[1]), Path(sys.argv[2]))))  # noqa: T201
