"""Matching: payments against open invoices, beside comparing all names with all in C++, and how both grow."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

from rapidfuzz import fuzz, process

from tests.benchmarks.figures import Figure
from workbench.capabilities.books.matching import names
from workbench.capabilities.books.matching.candidates import explanations
from workbench.capabilities.books.matching.document import Document, Payment
from workbench.capabilities.books.matching.index import Documents

SIZES = tuple(int(size) for size in os.environ.get("BENCH_PAYMENTS", "1000,10000,100000").split(","))
COMPARED = 10_000
"""Payments that are compared with half as many invoices, as the peer does it."""
FIRST = date(2026, 1, 1)
WORDS = "Elbe Nord Hafen Licht Papier Stahl Garten Druck Beratung Kontor Werft Mühle Brücke Atlas Linde Falke".split()  # noqa: SIM905 - one a line would fill the screen


def figures() -> Iterator[Figure]:
    measured = [_in_a_child(size) for size in SIZES]
    per_payment = [seconds / size * 1e6 for (seconds, _), size in zip(measured, SIZES, strict=True)]
    sizes = "/".join(f"{size:,}" for size in SIZES)
    yield _growth(f"matching, a payment of {sizes}", per_payment, "µs", goal=2.0)
    memory = [mib * 1024 / size for (_, mib), size in zip(measured, SIZES, strict=True)]
    yield _growth(f"matching, memory a payment of {sizes}", memory, "KiB", goal=1.0)
    yield _beside_all_with_all(COMPARED)


def _growth(name: str, values: list[float], unit: str, *, goal: float) -> Figure:
    ratio = values[-1] / values[0]
    return Figure(
        name=name,
        ours="/".join(f"{value:.1f}" for value in values[1:]) + f" {unit}",
        peer=f"{values[0]:.1f} {unit}",
        ratio=ratio,
        goal=f"at most {goal:g}x",
        reached=ratio <= goal,
    )


def _beside_all_with_all(size: int) -> Figure:
    """The peer only compares names; a score of amounts, numbers and days it does not have."""
    payments, documents = world(size)
    payers = [names.plain(each.counterparty) for each in payments]
    parties = [names.plain(each.party) for each in documents]
    started = time.perf_counter()
    for at in range(0, len(payers), 500):
        process.cdist(payers[at : at + 500], parties, scorer=fuzz.token_set_ratio, workers=1)
    peer_s = time.perf_counter() - started
    ours_s = matched(payments, documents)
    return Figure(
        name=f"matching {len(payments):,} payments with {len(documents):,} invoices, beside rapidfuzz cdist",
        ours=f"{ours_s:.2f} s",
        peer=f"{peer_s:.2f} s",
        ratio=ours_s / peer_s,
        goal="at most 1x",
        reached=ours_s <= peer_s,
    )


def matched(payments: list[Payment], documents: list[Document]) -> float:
    """Explain each payment, and take what it pays from the open ones, as the bookkeeper does; return the seconds."""
    started = time.perf_counter()
    index = Documents(documents)
    for payment in payments:
        found = explanations(payment, index)
        if found and found[0].is_exact:
            for part in found[0].parts:
                index.put(_paid(part.document))
    return time.perf_counter() - started


def world(size: int) -> tuple[list[Payment], list[Document]]:
    """Return so many payments and half as many invoices, of a party for each twenty."""
    chance = random.Random(size)
    parties = [_name(chance, number) for number in range(max(10, size // 40))]
    documents = [_document(chance, number, chance.choice(parties)) for number in range(size // 2)]
    return [_payment(chance, number, documents) for number in range(size)], documents


def _name(chance: random.Random, number: int) -> str:
    return f"{chance.choice(WORDS)}{chance.choice(WORDS).lower()} {chance.choice(WORDS)} {number} GmbH"


def _document(chance: random.Random, number: int, party: str) -> Document:
    amount = Decimal(chance.randrange(50_00, 9_000_00)) / 100
    issued = FIRST + timedelta(days=chance.randrange(365))
    return Document(
        stream=f"invoice/{number}", version=1, kind="invoice", direction="out", number=f"RE-{number:06}",
        party=party, issued_on=issued, due_on=issued + timedelta(14), amount=amount, open=amount, currency="EUR",
        event_id=str(number),
    )  # fmt: skip


def _payment(chance: random.Random, number: int, documents: list[Document]) -> Payment:
    """Half of the payments pay an invoice, and half of those name it; the others pay nothing of ours."""
    pays = chance.choice(documents) if number % 2 else None
    amount = pays.amount if pays else -Decimal(chance.randrange(5_00, 900_00)) / 100
    return Payment(
        stream=f"bank_transaction/{number}", version=1, event_id=str(number), currency="EUR", amount=amount,
        booked_on=pays.issued_on + timedelta(days=10) if pays else FIRST + timedelta(days=number % 365),
        counterparty=pays.party if pays else f"Kiosk {chance.randrange(500)}",
        text=pays.number if pays and number % 4 == 1 else "Rechnung", reference="",
    )  # fmt: skip


def _paid(document: Document) -> Document:
    fields = {name: getattr(document, name) for name in Document.__slots__}
    return Document(**{**fields, "open": Decimal(0)})


def _in_a_child(size: int) -> tuple[float, float]:
    """Return the seconds and the MiB of memory that matching so many payments took."""
    done = subprocess.run(
        [sys.executable, "-m", __name__, str(size)], check=True, capture_output=True, text=True
    )
    seconds, mib = json.loads(done.stdout)
    return seconds, mib


def main(size: int) -> None:
    payments, documents = world(size)
    before = _memory_mib()
    seconds = matched(payments, documents)
    print(json.dumps([seconds, _memory_mib() - before]))


def _memory_mib() -> float:
    return int(Path("/proc/self/status").read_text("ascii").split("VmHWM:")[1].split()[0]) / 1024


if __name__ == "__main__":
    main(int(sys.argv[1]))
