"""Changed and cut files of every format: a reading or a refusal, quickly, and never a part for the whole (X3)."""

import time
from collections import Counter
from contextlib import suppress
from decimal import Decimal
from functools import cache
from pathlib import Path
from random import Random

import pytest
from crude import camt_amounts, mt940_amounts, ofx_amounts
from golden import golden_files
from mutations import cut, mutated

from workbench.connectors.bank.encoding import decode
from workbench.connectors.bank.reading import Reading
from workbench.connectors.bank.recognise import read_statement
from workbench.refusal import Refused

QUICK, SOAK = 300, 10_000
QUICK_SHEETS = 40
"""Each is opened in a process of its own."""
SLOWEST_SECONDS = 2
FOLDERS = sorted({name.partition("/")[0] for name in golden_files()})
CRUDE = {"ofx": ofx_amounts, "camt": camt_amounts, "mt940": mt940_amounts}
"""Formats in which the bytes say plainly what was moved."""
BLANK = b"\0\r\n "
WITH_AN_END = ("ofx", "camt")


@cache
def golden(folder: str) -> tuple[tuple[str, bytes], ...]:
    return tuple(
        (name, path.read_bytes()) for name, path in golden_files().items() if name.startswith(f"{folder}/")
    )


def read_in_time(content: bytes, what: str) -> Reading | None:
    """None when it is refused. Any other error, or slowness, fails with the content at hand."""
    started = time.process_time()
    reading = None
    try:
        reading = read_statement(content)
    except Refused as refusal:
        said = (refusal.happened, refusal.todo)
    except BaseException as error:
        keep(content, what)
        raise AssertionError(f"{what} raises {error!r}") from error
    assert reading or all(said), f"{what} is refused without a word"
    assert time.process_time() - started < SLOWEST_SECONDS, f"{what} is slow"
    return reading


def keep(content: bytes, what: str) -> None:
    """Leave what failed for a closer look."""
    Path("/tmp", "fuzz-" + what.replace("/", "-").replace(" ", "-")).write_bytes(content)


def changed_files(folder: str, count: int):
    """Yield changed files of one format, the same at each run."""
    files = golden(folder)
    others = [content for _, content in files]
    for number in range(count):
        chance = Random(f"{folder}/{number}")
        name, content = chance.choice(files)
        yield f"{name} changed by seed {number}", mutated(content, others, chance)


def moved(reading: Reading) -> Counter[Decimal]:
    return Counter(line.amount for statement in reading.statements for line in statement.lines)


def says_what_its_bytes_say(reading: Reading, content: bytes) -> bool:
    """Whether the lines are those that a plain count finds; batches of CAMT by their sum."""
    family = reading.format.partition(".")[0].replace("mt942", "mt940")
    if family not in CRUDE or content.startswith(b"PK"):
        return True
    plain, ours = CRUDE[family](decode(content)), moved(reading)
    return total(plain) == total(ours) and (family == "camt" or plain == ours)


def total(amounts: Counter[Decimal]) -> Decimal:
    return sum((amount * times for amount, times in amounts.items()), Decimal(0))


def fuzz(folder: str, count: int) -> Counter[str]:
    outcomes: Counter[str] = Counter()
    for what, content in changed_files(folder, count):
        reading = read_in_time(content, what)
        outcomes["refused" if reading is None else "read"] += 1
        if reading is not None and not says_what_its_bytes_say(reading, content):
            keep(content, what)
            raise AssertionError(f"{what}: {moved(reading)} is not what its bytes say")
    return outcomes


@pytest.mark.parametrize("folder", FOLDERS)
def test_a_changed_file_is_read_or_refused_and_says_what_its_bytes_say(folder):
    count = QUICK_SHEETS if folder == "sheet" else QUICK

    assert fuzz(folder, count).total() == count


@pytest.mark.soak
@pytest.mark.parametrize("folder", FOLDERS)
def test_ten_thousand_changed_files(folder):
    outcomes = fuzz(folder, SOAK)
    print(folder, dict(outcomes))  # noqa: T201

    assert outcomes.total() == SOAK


def cuts(content: bytes, count: int):
    chance = Random(len(content))
    return (
        {cut(content, chance) for _ in range(count)}
        if count < len(content)
        else {content[:end] for end in range(len(content))}
    )


def refuses_to_lose(name: str, content: bytes, count: int) -> None:
    with suppress(Refused):
        whole = read_statement(content)
        for part in cuts(content, count):
            if (
                part.rstrip(BLANK) == content.rstrip(BLANK)
                or (reading := read_in_time(part, f"{name} cut")) is None
            ):
                continue
            assert not name.startswith(WITH_AN_END), f"{name} cut to {len(part)} bytes is read"
            # MT940 has no end of its own: what is read is a beginning of its statements, each whole.
            assert moved(reading) <= moved(whole), f"{name} cut to {len(part)} bytes"
            if name.startswith("mt940"):
                assert not any(statement.difference for statement in reading.statements), len(part)


STRICT = [name for name in golden_files() if name.startswith(("ofx/", "camt/", "mt940/"))]


@pytest.mark.parametrize("name", STRICT)
def test_a_file_cut_off_is_refused_or_loses_no_part_of_a_statement(name):
    refuses_to_lose(name, golden_files()[name].read_bytes(), 40)


@pytest.mark.soak
@pytest.mark.parametrize("name", STRICT)
def test_a_file_cut_off_at_each_byte_is_refused_or_loses_no_part_of_a_statement(name):
    refuses_to_lose(name, golden_files()[name].read_bytes(), 10**9)
