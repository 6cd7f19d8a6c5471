"""Golden streams: a small company as each release wrote it, beside what its read models then said.

`make golden-release` adds the stream of the present release; one that was released is never written anew.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import sys
import tempfile
import tomllib
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel
from shop import IBAN, SETTINGS, Shop, camt, ofx

from opc_kernel.event import ANY_VERSION, EventData, Registry, Write
from opc_kernel.log.durable import DurableLog
from opc_kernel.testing import FrozenClock
from sheets_sync.merge import Written
from sheets_sync.sync import Base
from workbench.capabilities.books.events import InvoiceReopened
from workbench.composition import EVENTS, READ_MODELS, open_log
from workbench.sheets.base import EventBase

HERE = Path(__file__).parent
RELEASES = HERE / "golden"
NEWER = 99
SHEET = "sheets/approvals.xlsx"
PLAIN = {
    str: "1.00",
    int: 1,
    bool: True,
    date: date(2026, 11, 2),
    datetime: datetime(2026, 11, 2, tzinfo=UTC),
    Decimal: Decimal("1.00"),
    tuple: (),
}
"""A value of each type; the text is also a number, for fields that are one."""


class FromElsewhere(EventData, type="elsewhere.happened"):
    """An event of a capability that this release does not have."""

    text: str


class FromTheFuture(EventData, type=InvoiceReopened.event_type, version=NEWER):
    """An event as a much later release writes it."""

    upcasters = dict.fromkeys(range(1, NEWER), "data")

    novelty: str


def tell(folder: Path) -> None:
    """Let a small company live through whatever this release records."""
    shop = Shop(folder, SETTINGS)
    shop.invoices(
        """RE-2026-001,out,Sandtor GmbH,2026-09-01,2026-10-01,1190.00,EUR
        RE-2026-002,out,Elbe AG,2026-09-01,2026-10-01,8330.00,EUR
        RE-2026-003,out,Elbe AG,2026-09-05,2026-10-05,75.00,EUR
        D-17,in,Druckerei Ohlsen,2026-09-10,2026-10-10,238.00,EUR"""
    )
    shop.take("date,base,quote,rate\n2026-10-30,USD,EUR,0.8571\n", "rates.csv")
    first = "2026-10-05, 1190.00, Sandtor GmbH, RE-2026-001\n2026-10-07, -49.90, DB Vertrieb, ticket"
    shop.take(camt(first, opening="0.00", closing="1140.10"), "october.xml")
    shop.work()
    shop.take(camt(first.replace("-49.90", "-44.90"), opening="0.00", closing="1145.10"), "again.xml")
    header = "Account,Date,Amount,Currency,Name,Status\n"
    shop.take(f"{header}{IBAN},2026-10-16,-9.99,EUR,Hetzner,pending\n", "one.csv")
    shop.take(f"{header}{IBAN},2026-10-16,-9.99,EUR,Hetzner,booked\n", "two.csv")
    shop.take(
        ofx("2026-10-20, 8330.00, Elbe AG, RE-2026-002, A-1\n2026-10-21, 75.00, Elbe, thanks, A-2"), "c.ofx"
    )
    shop.take(f"Account,Date,Amount,Currency,Name\n{IBAN},03/04/2026,-12.00,EUR,Kiosk\n", "open.csv")
    shop.take(b"\x00\x01\x02\xff" * 50, "photo.sta")
    shop.work()
    answer_all(shop)
    shop.company.shown(shop.queue(), channel="cli")
    keep_a_sheet(shop)
    write_the_rest(shop)
    shop.company.close()
    write_as_others_would(folder)


def answer_all(shop: Shop) -> None:
    """Decide whatever is asked, in different ways."""
    for _ in range(4):
        for number, row in enumerate(shop.queue()):
            if row.kind == "proposal":
                shop.decide(row, "approve")
            elif number % 3 == 2:
                shop.decide(row, "reject", note="not now")
            else:
                shop.decide(row, "answer", choice="1")


def keep_a_sheet(shop: Shop) -> None:
    base = EventBase(shop.company, sheet=SHEET, actor="mareike")
    kept = Written(key="a", mark="b", content="c", taken=frozenset({"d"}))
    base.save(Base(written=(kept, Written(key="e", mark="f", content="g"))))
    base.save(Base(written=(kept,), revision="1", queue="2"))


def write_the_rest(shop: Shop) -> None:
    """Append one plain event of each type that this life had no use for, in a stream that its read model folds."""
    told = set(shop.types())
    for kind in EVENTS:
        if kind.event_type not in told:
            name = kind.event_type.replace(".", "_")
            category = max(
                (model.category for model in READ_MODELS if model.category in name), key=len, default="rest"
            )
            write = Write(stream=f"{category}/rest", data=plain(kind), actor="mareike")
            shop.company.append([write], expected={write.stream: ANY_VERSION})


def plain(model: type[BaseModel]) -> Any:
    """Return an instance with nothing but what it must have."""
    fields = {name: field.annotation for name, field in model.model_fields.items() if field.is_required()}
    return model(**{name: _plain_value(annotation) for name, annotation in fields.items()})


def _plain_value(annotation: Any) -> Any:
    if get_origin(annotation) is Literal:
        return get_args(annotation)[0]
    if get_origin(annotation) in (Union, UnionType):
        return _plain_value(get_args(annotation)[0])
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return plain(annotation)
    return PLAIN[get_origin(annotation) or annotation]


def write_as_others_would(folder: Path) -> None:
    """Append an event of a type that nobody here knows, and one of a newer schema."""
    strange = [
        Write(stream="elsewhere/1", data=FromElsewhere(text="Grüße"), actor="mareike"),
        Write(stream="invoice/RE-2026-900", data=FromTheFuture(novelty="none of ours"), actor="mareike"),
    ]
    known = [kind for kind in EVENTS if kind is not InvoiceReopened]
    with DurableLog(folder, Registry([*known, FromElsewhere, FromTheFuture]), clock=FrozenClock()) as log:
        log.append(strange, expected={write.stream: ANY_VERSION for write in strange})


def state(journal: Path, folder: Path) -> dict[str, Any]:
    """Return what a company says that is made of nothing but this journal."""
    shutil.copytree(journal, folder / "journal")
    with open_log(folder) as log:
        tables = {model.name: _table(log, model.name) for model in READ_MODELS}
        return {
            "head": log.tail.chain_hash,
            "types": dict(log.query("SELECT type, count(*) FROM event GROUP BY type ORDER BY type").rows),
            "unknown": log.unknown_types(),
            "read_models": tables,
        }


def content_hash(log: DurableLog, table: str, columns: list[str]) -> str:
    """Return the hash of every row of some columns, so that a column that comes later changes nothing."""
    rows = log.query(f"SELECT {', '.join(columns)} FROM {table} ORDER BY stream").rows
    return hashlib.sha256(json.dumps(rows, default=str, ensure_ascii=False).encode()).hexdigest()


def _table(log: DurableLog, name: str) -> dict[str, object]:
    found = log.query(f"SELECT * FROM {name}")
    columns = sorted(found.columns)
    return {"rows": len(found), "columns": columns, "sha256": content_hash(log, name, columns)}


def main() -> str:
    version = tomllib.loads((HERE.parents[1] / "pyproject.toml").read_text("utf-8"))["project"]["version"]
    target = RELEASES / f"release-{version}"
    if target.exists():
        return f"{target.name} is there already: a released stream is never written anew. Raise the version first."
    with tempfile.TemporaryDirectory() as scratch:
        tell(Path(scratch) / "acme")
        shutil.copytree(Path(scratch) / "acme" / "journal", target / "journal")
        said = state(target / "journal", Path(scratch) / "again")
    assert {kind.event_type for kind in EVENTS} <= said["types"].keys(), "a type of this release is missing"
    (target / "state.json").write_text(json.dumps(said, indent=1, ensure_ascii=False) + "\n", "utf-8")
    return f"{target.name} holds {sum(said['types'].values())} events of {len(said['types'])} types."


if __name__ == "__main__":
    sys.stdout.write(main() + "\n")
