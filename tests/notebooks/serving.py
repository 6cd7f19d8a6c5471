"""A company served by a `workbench up` of its own, and a transaction that a stranger worded."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TypeVar

from opc_kernel.event import Write
from opc_kernel.money import Money
from workbench.address import read_address
from workbench.company import Company, company_id, open_company
from workbench.connectors.bank.events import TransactionBooked

START_S = 60
MAIN = "from workbench.cli.main import main; main()"
HOSTILE = "<img src=x onerror=alert(1)> **bold** [a](http://evil) {note} <script>alert(2)</script>"
ACCOUNT = "DE67900501200004187720"


@dataclass(slots=True)
class Served:
    """A company and the `workbench up` that serves it."""

    folder: Path
    process: subprocess.Popen[bytes]
    output: Path
    errors: Path

    @property
    def link(self) -> str:
        return next(word for word in self.output.read_text().split() if word.startswith("http://"))

    @property
    def base(self) -> str:
        return self.link.partition("/?")[0]

    @property
    def token(self) -> str:
        return self.link.partition("token=")[2]

    @property
    def port(self) -> int:
        return int(self.base.rpartition(":")[2])

    def company(self) -> Company:
        """Return a client of the server: another shell beside the browser."""
        return open_company(self.folder)

    def stop(self, how: signal.Signals = signal.SIGTERM) -> float:
        """End the server; return the seconds it took."""
        started = time.monotonic()
        self.process.send_signal(how)
        self.process.wait(timeout=30)
        return time.monotonic() - started


S = TypeVar("S", bound=Served)


def serve(folder: Path, output: Path) -> Served:
    """Start `workbench up` and wait until it has printed its link."""
    server = opened(Served, "up", folder, output)
    assert read_address(str(company_id(folder)), folder) is not None
    return server


def opened(kind: type[S], noun: str, folder: Path, output: Path, *more: str, **environment: str) -> S:
    """Start a command that serves until it is told to end, and wait until it has printed its link."""
    out, errors = output / f"{noun}_stdout.txt", output / f"{noun}_stderr.txt"
    words = [noun, "--company", str(folder), "--port", "0", "--no-browser", *more]
    with out.open("wb") as stdout, errors.open("wb") as stderr:
        process = subprocess.Popen(
            [sys.executable, "-c", MAIN, *words],
            stdout=stdout,
            stderr=stderr,
            env={**os.environ, "PYTHONUNBUFFERED": "1", **environment},
        )
    server = kind(folder=folder, process=process, output=out, errors=errors)
    deadline = time.monotonic() + START_S
    while "http://" not in out.read_text():
        assert process.poll() is None, errors.read_text()
        assert time.monotonic() < deadline, f"{noun} did not come up"
        time.sleep(0.05)
    return server


def hostile() -> Write:
    """A transaction whose every text tries to become a page's own."""
    booked = TransactionBooked(
        account=ACCOUNT,
        booked_on=date(2026, 11, 1),
        money=Money.of("2500", "EUR"),
        counterparty=HOSTILE,
        text=f"text/html:{HOSTILE}\n# Title",
        ordinal=1,
        statement="bank_statement/none",
    )
    return Write(stream="bank_transaction/hostile", data=booked, actor="test", source="test")
