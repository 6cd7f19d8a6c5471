"""What the projects of a corpus say that their bank files hold, in one shape whatever shape they wrote it in."""

from __future__ import annotations

import ast
import csv
import io
import json
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

Json = Mapping[str, Any]
MINOR = Decimal("0.01")
NO_MINOR = {"JPY", "HUF"}


@dataclass(frozen=True, kw_only=True)
class Stated:
    """What one source says. None: it says nothing of it."""

    by: str
    count: int | None = None
    amounts: tuple[Decimal, ...] | None = None
    days: tuple[date, ...] | None = None
    """Each is the booking or the value day of a transaction."""
    balances: tuple[Decimal, ...] | None = None
    total: Decimal | None = None
    is_part: bool = False
    """Amounts, days and the count are of some transactions only."""
    one_of_several: bool = False
    """The file was read in several ways; one of these statements must hold."""


def stated(path: Path) -> list[Stated]:
    """Return what is stated beside the file, the project's own expectation before other parsers' answers."""
    found = []
    for suffix, readers in ((".expected.json", EXPECTED), (".peer.json", PEERS)):
        beside = path.with_name(path.name + suffix)
        if beside.exists():
            said = json.loads(beside.read_text("utf-8"))
            found += [each for key, read in readers.items() if key in said for each in read(said, path)]
    return found


def peers_refuse(path: Path) -> bool:
    """Return whether every other parser that was asked refused the file."""
    beside = path.with_name(path.name + ".peer.json")
    answers = json.loads(beside.read_text("utf-8")).values() if beside.exists() else ()
    return bool(answers) and not any(answer["ok"] for answer in answers)


def _genkgo(said: Json, _: Path) -> Iterator[Stated]:
    def money(amount: Json) -> Decimal:
        return Decimal(amount["minor"]) * (1 if amount["currency"] in NO_MINOR else MINOR)

    entries = said["entries"]
    days = [each["booking"] or each["value"] for each in entries]
    booked = ("opening", "closing", "previously_closed_booked")
    balances = [
        money(each["amount"])
        for record in said["records"]
        for each in record["balances"]
        if each["type"] in booked
    ]
    yield Stated(
        by="genkgo",
        count=len(entries),
        amounts=tuple(money(each["amount"]) for each in entries),
        days=tuple(map(_day, days)) if all(days) else None,
        balances=tuple(balances),
    )


def _wolph(said: Json, _: Path) -> Iterator[Stated]:
    rows = [each for each in said["transactions"] if isinstance(each.get("amount"), dict)]
    names = ("final_opening_balance", "final_closing_balance")
    yield Stated(
        by="mt-940",
        count=len(rows),
        amounts=tuple(Decimal(each["amount"]["amount"]) for each in rows),
        days=tuple(_day(each["date"]) for each in rows),
        balances=tuple(
            Decimal(said["data"][name]["amount"]["amount"]) for name in names if name in said["data"]
        ),
    )


def _jejik(said: Json, _: Path) -> Iterator[Stated]:
    told = "\n".join(said["assertions"])
    counts = re.findall(r"^Count: (\d+), \$transactions", told, re.MULTILINE)
    amounts = re.findall(r"^Equals: (-?[\d.]+), \$transactions\[\d+\]->getAmount", told, re.MULTILINE)
    days = re.findall(r"^Equals: '([\d-]{10})[^']*', \$transactions\[\d+\]->get\w+Date", told, re.MULTILINE)
    balances = re.findall(r"^Equals: (-?[\d.]+), \$balance->getAmount", told, re.MULTILINE)
    yield Stated(
        by="jejik",
        count=int(counts[0]) if counts else None,
        amounts=tuple(map(Decimal, amounts)),
        days=tuple(map(_day, days)),
        balances=tuple(map(Decimal, balances)),
        is_part=True,
    )


def _oca(said: Json, _: Path) -> Iterator[Stated]:
    *_, statements = ast.literal_eval(said["text"])
    rows = [each for statement in statements for each in statement["transactions"]]
    balances = [
        _exact(statement[name])
        for statement in statements
        for name in ("balance_start", "balance_end_real")
        if statement[name]  # nought stands for none as well
    ]
    yield Stated(
        by="OCA",
        # It hands out one statement of a zip, and nothing of a statement without entries.
        count=len(rows),
        amounts=tuple(_exact(each["amount"]) for each in rows),
        days=tuple(_day(each["date"]) for each in rows),
        balances=tuple(balances),
        is_part=True,
    )


_ENTRY = re.compile(r"^;; date: .*?(?=^;; date: |\Z)", re.MULTILINE | re.DOTALL)
_POSTING = re.compile(r"^  [A-Z][\w:.-]+ +(-?[\d.]+) [A-Z]{3}(?: *$)", re.MULTILINE)
_BALANCE = re.compile(r"^([\d-]{10}) balance \S+ +(-?[\d.]+) [A-Z]{3}$", re.MULTILINE)
_OFX_CASH = re.compile(r'ofx_type: "(?:STMTTRN|INVBANKTRAN)"')


def _beancount(said: Json, path: Path) -> Iterator[Stated]:
    """Cash transactions only: what it makes of securities is not comparable."""
    mine = [each for each in _ENTRY.findall(said["beancount"]) if _is_of(each, path)]
    rows = [each for each in mine if not _BALANCE.search(each) and _POSTING.search(each)]
    is_ofx = path.suffix == ".ofx"
    cash = [each for each in rows if _OFX_CASH.search(each)] if is_ofx else rows
    if not is_ofx and not cash:
        return
    invested = is_ofx and any("ofx_type" in each and not _OFX_CASH.search(each) for each in rows)
    is_securities = invested or "HELDINACCT" in path.read_text("latin-1")
    yield Stated(
        by="beancount-import",
        count=len(cash),
        amounts=tuple(Decimal(_POSTING.findall(each)[0]) for each in cash),
        days=tuple(_day(each[9:19]) for each in cash),
        balances=None
        if is_securities or not is_ofx
        else tuple(Decimal(amount) for each in mine for _, amount in _BALANCE.findall(each)),
        is_part=True,
    )


def _is_of(entry: str, path: Path) -> bool:
    named = re.search(r'"filename": "([^"]+)"', entry)
    return named is None or path.name.replace("__", "/").endswith(named[1].removeprefix("<testdata>/"))


def _bank2ynab(said: Json, path: Path) -> Iterator[Stated]:
    """Its configurations by file name; several may match, and not each was meant for this file."""
    text = _text(path)
    for match in said["matches"]:
        if not match["input columns"]:
            continue
        rows = list(_ynab_rows(text, match))
        if rows:
            yield Stated(
                by=f"bank2ynab {match['section']}",
                count=len(rows),
                amounts=tuple(amount for _, amount in rows),
                days=tuple(day for day, _ in rows),
                one_of_several=True,
            )


def _ynab_rows(text: str, match: Json) -> Iterator[tuple[date, Decimal]]:
    columns = match["input columns"].split(",")
    delimiter = (match["source csv delimiter"] or ",").replace("\\t", "\t")
    sign = (match["inflow or outflow indicator"] or "").split(",")
    for cells in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter):
        row = dict(zip(columns, cells, strict=False))
        with suppress(ValueError, InvalidOperation, KeyError):
            day = datetime.strptime(row["Date"].strip(), match["date format"] or "%Y-%m-%d").date()  # noqa: DTZ007
            amount = _loose(row.get("Inflow", "")) - abs(_loose(row.get("Outflow", "")))
            is_out = len(sign) == 3 and row.get("CDFlag", "").strip() == sign[2]
            yield day, -abs(amount) if is_out else amount


def _loose(raw: str) -> Decimal:
    """As bank2ynab reads amounts: the last of point and comma parts the cents."""
    number = re.sub(r"[^\d.,-]", "", raw)
    if not number:
        return Decimal(0)
    whole, cents = re.fullmatch(r"(.*?)(?:[.,](\d{0,2}))?", number).groups()  # type: ignore[union-attr]
    return Decimal(re.sub(r"[.,]", "", whole) + "." + (cents or "0"))


def _quiffen(said: Json, _: Path) -> Iterator[Stated]:
    answer = said["quiffen 4.0.1"]
    if answer["ok"]:
        yield Stated(by="quiffen", count=answer["result"]["transactions"])


def _mt940_peer(said: Json, _: Path) -> Iterator[Stated]:
    answer = said["mt-940 5.1.1"]
    if answer["ok"] and isinstance(answer["result"], dict):
        amounts = [Decimal(each) for each in answer["result"]["amounts"] if each not in (None, "None")]
        yield Stated(by="mt-940 (peer)", count=answer["result"]["transactions"], amounts=tuple(amounts))


def _ofxtools(said: Json, _: Path) -> Iterator[Stated]:
    answer = said["ofxtools 1.1.1"]
    if answer["ok"]:
        yield Stated(by="ofxtools", count=answer["result"]["stmttrn"], total=Decimal(answer["result"]["sum"]))


def _ofxparse(said: Json, path: Path) -> Iterator[Stated]:
    """Where accounts hold securities it counts trades as transactions; then only balances compare."""
    answer = said["ofxparse 0.21"]
    if answer["ok"] and "INVSTMTRS" not in path.read_text("latin-1").upper():
        accounts = answer["result"]
        yield Stated(
            by="ofxparse",
            count=sum(each["transactions"] for each in accounts),
            total=sum((Decimal(each["sum"]) for each in accounts), Decimal(0)),
            balances=tuple(Decimal(each["balance"]) for each in accounts if each["balance"] != "None"),
        )


EXPECTED: Mapping[str, Callable[[Json, Path], Iterator[Stated]]] = {
    "entries": _genkgo,
    "transactions": _wolph,
    "assertions": _jejik,
    "text": _oca,
    "beancount": _beancount,
    "matches": _bank2ynab,
}
PEERS: Mapping[str, Callable[[Json, Path], Iterator[Stated]]] = {
    "quiffen 4.0.1": _quiffen,
    "mt-940 5.1.1": _mt940_peer,
    "ofxtools 1.1.1": _ofxtools,
    "ofxparse 0.21": _ofxparse,
}


def _day(raw: str) -> date:
    return date.fromisoformat(raw[:10])


def _exact(number: float) -> Decimal:
    return Decimal(repr(number))


def _text(path: Path) -> str:
    content = path.read_bytes()
    for codec in ("utf-8-sig", "cp1252"):
        with suppress(UnicodeDecodeError):
            return content.decode(codec)
    return content.decode("latin-1")
