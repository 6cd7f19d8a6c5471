"""What the log's tests talk about: notes and accounts, a folder, and short ways to write them."""

from pathlib import Path

from opc_kernel.event import ANY_VERSION, EventData, Registry, Write
from opc_kernel.log.durable import DurableLog
from opc_kernel.log.read_model import ReadModel, View
from opc_kernel.money import Money
from opc_kernel.testing import FrozenClock
from opc_kernel.text import Text

MEMORY = Path("/dev/shm")
"""A place whose syncs cost nothing, where a machine has one: for tests of bytes that ask nothing of a disk."""


class Noted(EventData, type="demo.noted"):
    text: Text


class Booked(EventData, type="demo.booked"):
    money: Money
    text: Text = ""
    hint: Text | None = None


class Stranger(EventData, type="demo.stranger"):
    text: str = ""


REGISTRY = Registry([Noted, Booked])

NOTE = ReadModel(
    name="note",
    category="note",
    fold="""
        SELECT stream, max(version) AS version, max(position) AS position,
               arg_max(data->>'text', position) AS text, count(*) AS events
        FROM folded GROUP BY stream
    """,
)
ACCOUNT = ReadModel(
    name="account",
    category="account",
    fold="""
        SELECT stream, max(version) AS version, max(position) AS position,
               sum((data->'money'->>'amount')::DECIMAL(19, 4)) AS balance, count(*) AS bookings
        FROM folded GROUP BY stream
    """,
)
SUMMARY = View(name="summary", select="SELECT count(*) AS notes, sum(events) AS events FROM note")


def note(stream, text="hello", **envelope):
    return Write(stream=f"note/{stream}", data=Noted(text=text), actor="me", **envelope)


def booking(stream, amount, **envelope):
    money = Money(amount=amount, currency="EUR")
    return Write(stream=f"account/{stream}", data=Booked(money=money), actor="me", **envelope)


def append(log, *writes, **expected):
    """Append without caring for versions; `expected` maps a note's stream to its version."""
    versions = {write.stream: ANY_VERSION for write in writes}
    return log.append(
        writes, expected={**versions, **{f"note/{key}": value for key, value in expected.items()}}
    )


def opened(folder, registry=REGISTRY, **options):
    folder.mkdir(exist_ok=True)
    options = {
        "read_models": [NOTE, ACCOUNT],
        "views": [SUMMARY],
        "clock": FrozenClock(),
        "wait_s": 0.0,
        **options,
    }
    return DurableLog(folder, registry, **options)


def texts(log):
    return [event.text for event in log.read()]


def segment(folder):
    """The last file of the journal."""
    return sorted((folder / "journal").glob("*.jsonl"))[-1]
