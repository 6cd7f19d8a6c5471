"""The grown demo company in the shape of generated months: what its files show, and the answers set down beforehand."""

import csv
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from importlib.resources import files
from pathlib import Path

from books_records import Account, Difference, Explanation, Invoice, Part, Rate, Shown, Transaction, Truth

from workbench.connectors.bank.reading import Line, Statement
from workbench.connectors.bank.recognise import read_statement
from workbench.settings import Settings, load_settings

DEMO = Path(str(files("workbench"))) / "demo"
FIRST, LAST = date(2026, 9, 1), date(2026, 10, 31)


def demo(folder: Path = DEMO) -> tuple[Shown, Truth]:
    """Return the company and its answers; a transaction's key is the answer's id, in the order of its statement."""
    settings, answers = load_settings(folder), table(folder / "answers.csv")
    keys = {
        account.id: [each["id"] for each in answers if each["account"] == account.id]
        for account in settings.account
    }
    moves = list(_transactions(folder, settings, keys))
    shown = Shown(
        name=settings.name,
        first=FIRST,
        last=LAST,
        accounts=tuple(
            Account(id=each.id, name=each.name, currency=each.currency, opening=Decimal(0))
            for each in settings.account
        ),
        transactions=tuple(moves),
        invoices=tuple(_invoice(each) for each in table(folder / "inputs" / "invoices.csv")),
        rates=tuple(
            Rate(on=date.fromisoformat(each["date"]), rate=Decimal(each["rate"]))
            for each in table(folder / "inputs" / "rates.csv")
        ),
    )
    return shown, Truth(explained={each["id"]: _explained(each) for each in answers}, cases=())


def statements(folder: Path = DEMO) -> list[Statement]:
    """Return the statements among its papers, each account's in the order of their days."""
    papers = sorted(
        path
        for path in (folder / "inputs").iterdir()
        if path.is_file() and path.name not in ("invoices.csv", "rates.csv")
    )
    return [each for path in papers for each in read_statement(path.read_bytes(), name=path.name).statements]


def table(path: Path) -> list[dict[str, str]]:
    """Return the lines of a CSV."""
    return list(csv.DictReader(path.read_text("utf-8").splitlines()))


def _transactions(folder: Path, settings: Settings, keys: dict[str, list[str]]) -> Iterator[Transaction]:
    waiting = {account: iter(ids) for account, ids in keys.items()}
    for each in statements(folder):
        account = settings.account_id(each.account or "")
        for line in _oldest_first(each):
            yield Transaction(
                key=next(waiting[account]),
                account=account,
                booked_on=line.booked_on,
                amount=line.amount,
                currency=line.currency,
                counterparty=line.counterparty,
                counterparty_account=line.counterparty_account,
                text=line.text,
                reference=line.reference,
            )


def _oldest_first(statement: Statement) -> list[Line]:
    """The lines from the oldest on: the card's bank writes the newest first."""
    lines = list(statement.lines)
    return lines[::-1] if lines[0].booked_on > lines[-1].booked_on else lines


def _invoice(line: dict[str, str]) -> Invoice:
    return Invoice(
        number=line["number"],
        direction=line["direction"],
        party=line["customer"],
        issued_on=date.fromisoformat(line["issued_on"]),
        due_on=date.fromisoformat(line["due_on"]),
        amount=Decimal(line["amount"]),
        currency=line["currency"],
        kind=line["kind"],
        corrects=line["corrects"],
        tax_rate=line["tax_rate"],
        category=line["category"],
        email=line["email"],
    )


def _explained(answer: dict[str, str]) -> Explanation:
    off = answer["difference"]
    return Explanation(
        case=answer["answer"],
        parts=tuple(_part(each) for each in answer["invoices"].split("+") if each),
        difference=Difference(amount=Decimal(off), category=answer["difference_category"]) if off else None,
        category=answer["category"],
        transfer=answer["other_side"],
        refund_of=answer["refund_of"],
    )


def _part(written: str) -> Part:
    number, _, amount = written.rpartition(":")
    return Part(number=number, amount=Decimal(amount))
