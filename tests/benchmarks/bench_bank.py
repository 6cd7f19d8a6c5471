"""Statements read beside a bare parser of each format, and 100,000 transactions ingested into a fresh company."""

from __future__ import annotations

import io
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from tests.benchmarks.bank_files import FILES, IBAN
from tests.benchmarks.figures import Figure, interleaved
from workbench.connectors.bank.recognise import read_statement

TRANSACTIONS = 10_000
SMALL, SMALL_FILES = 20, 50
INGESTED = 100_000
ROUNDS = 3
PATIENCE_SECONDS = 120
TO_WATCH = "(to watch)"
COMPANY = f"""\
name = "Bench"
zone = "UTC"
base_currency = "EUR"

[[account]]
id = "{IBAN}"
name = "Main account"
currency = "EUR"
"""
CHILD = """\
import json, resource, sys, time
from pathlib import Path
from workbench.company import own_company
from workbench.ingest import Ingestion

folder, file = map(Path, sys.argv[1:])
with own_company(folder) as company:
    taker = Ingestion(company, folder, company.settings, actor="bench", account=company.settings.account[0].id)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    started = time.perf_counter()
    receipt = taker.ingest(file)
    seconds = time.perf_counter() - started
grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024
print(json.dumps({"seconds": seconds, "grown": grown, "new": receipt.new, "reason": receipt.reason}))
"""


def figures() -> Iterator[Figure]:
    for name, make in FILES.items():
        yield long_file(name, make(TRANSACTIONS))
        yield small_files(name, make(SMALL))
    yield ingested()


def long_file(name: str, content: bytes) -> Figure:
    read = read_statement(content)
    assert sum(len(each.lines) for each in read.statements) == TRANSACTIONS, name
    ours, peer = interleaved(ROUNDS, lambda: read_statement(content), lambda: PEERS[name](content))
    return Figure(
        name=f"{name}: {TRANSACTIONS:,} transactions, beside {NAMES[name]}",
        ours=f"{TRANSACTIONS / ours:,.0f}/s",
        peer=f"{TRANSACTIONS / peer:,.0f}/s",
        ratio=peer / ours,
        goal=TO_WATCH,
        reached=True,
    )


def small_files(name: str, content: bytes) -> Figure:
    def several(read: Callable[[bytes], object]) -> Callable[[], object]:
        return lambda: [read(content) for _ in range(SMALL_FILES)]

    ours, peer = interleaved(ROUNDS, several(read_statement), several(PEERS[name]))
    return Figure(
        name=f"{name}: files of {SMALL} transactions, beside {NAMES[name]}",
        ours=f"{SMALL_FILES / ours:,.0f}/s",
        peer=f"{SMALL_FILES / peer:,.0f}/s",
        ratio=peer / ours,
        goal=TO_WATCH,
        reached=True,
    )


def ingested() -> Figure:
    """Recorded, chained and queryable; beside reading the same file alone."""
    content = FILES["csv"](INGESTED)
    with tempfile.TemporaryDirectory() as folder:
        company, file = Path(folder) / "acme", Path(folder) / "statement.csv"
        company.mkdir(mode=0o700)
        (company / "workbench.toml").write_text(COMPANY, "utf-8")
        file.write_bytes(content)
        said = _in_a_child(company, file)
    reading = statistics.median(_seconds(lambda: read_statement(content)) for _ in range(ROUNDS))
    return Figure(
        name=f"csv: {INGESTED:,} transactions ingested ({said['grown']} MB grown), beside reading",
        ours=f"{INGESTED / said['seconds']:,.0f}/s",
        peer=f"{INGESTED / reading:,.0f}/s",
        ratio=reading / said["seconds"],
        goal=f"at most {PATIENCE_SECONDS} s;",
        reached=said["new"] == INGESTED,
    )


def _in_a_child(company: Path, file: Path) -> dict[str, int]:
    command = [sys.executable, "-c", CHILD, str(company), str(file)]
    try:
        ran = subprocess.run(command, capture_output=True, check=True, text=True, timeout=PATIENCE_SECONDS)
    except subprocess.TimeoutExpired:
        return {"seconds": PATIENCE_SECONDS, "grown": 0, "new": 0}
    said: dict[str, int] = json.loads(ran.stdout)
    return said


def _seconds(body: Callable[[], object]) -> float:
    started = time.perf_counter()
    body()
    return time.perf_counter() - started


def bare_ofx(content: bytes) -> object:
    from ofxparse import OfxParser

    return OfxParser.parse(io.BytesIO(content))


def bare_camt(content: bytes) -> object:
    from xml.etree import ElementTree as ET

    amounts = []
    for _, element in ET.iterparse(io.BytesIO(content)):
        if element.tag.endswith("}Ntry"):
            amounts.append(element.findtext("{*}Amt"))
            element.clear()
    return amounts


def bare_mt940(content: bytes) -> object:
    import mt940

    return mt940.models.Transactions().parse(content.decode())


def bare_qif(content: bytes) -> object:
    return [
        {line[:1]: line[1:] for line in record.split("\n") if line}
        for record in content.decode().split("^\n")
    ]


def bare_csv(content: bytes) -> object:
    import csv

    return list(csv.DictReader(io.StringIO(content.decode(), newline="")))


def bare_xlsx(content: bytes) -> object:
    from python_calamine import load_workbook

    return load_workbook(io.BytesIO(content)).get_sheet_by_index(0).to_python()


PEERS: Mapping[str, Callable[[bytes], object]] = {
    "ofx": bare_ofx, "camt": bare_camt, "mt940": bare_mt940, "qif": bare_qif, "csv": bare_csv, "xlsx": bare_xlsx
}  # fmt: skip
NAMES = {
    "ofx": "ofxparse", "camt": "iterparse", "mt940": "mt-940", "qif": "splitting", "csv": "DictReader",
    "xlsx": "calamine",
}  # fmt: skip
