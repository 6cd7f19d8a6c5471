"""One of many programs that work on a company at once: appends, reads, and says what it was told, a line each."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from random import Random

from opc_kernel.event import ANY_VERSION, Write
from opc_kernel.log.errors import VersionConflict
from workbench.capabilities.books.events import RateRecorded
from workbench.company import Company, open_company

STREAMS = 5
AT_LEAST = 30  # rounds, however slowly the company opens on a busy machine


def live(folder: str, name: str, seconds: float) -> Iterator[dict[str, object]]:
    """Work for some seconds, and some rounds at least; yield what each append and each reading answered."""
    chance, number = Random(name), 0
    with open_company(folder) as company:
        ends = time.monotonic() + seconds
        while time.monotonic() < ends or number < AT_LEAST:
            number += 1
            started = time.monotonic()
            told = (
                contend(company, f"{name}-{number}", chance)
                if number % 3
                else add(company, f"{name}-{number}")
            )
            yield {"by": name, "took_s": time.monotonic() - started, **told}
            if number % 5 == 0:
                yield {"by": name, "read": newest(company)}


def add(company: Company, event_id: str) -> dict[str, object]:
    """Append without caring for versions, one event or a few."""
    writes = [rate("rate/free", f"{event_id}.{n}") for n in range(1 + len(event_id) % 3)]
    done = company.append(writes, expected={"rate/free": ANY_VERSION})
    ids = [write.event_id for write in writes]
    return {"ids": ids, "positions": done.positions, "repeated": done.repeated}


def contend(company: Company, event_id: str, chance: Random) -> dict[str, object]:
    """Append to a stream that others want too, at the version that was read."""
    stream = f"rate/{chance.randrange(STREAMS)}"
    version = company.query("SELECT coalesce(max(version), 0) FROM event WHERE stream = $s", s=stream).rows[
        0
    ][0]
    try:
        done = company.append([rate(stream, event_id)], expected={stream: version})
    except VersionConflict as conflict:
        return {"lost": stream, "expected": conflict.expected, "actual": conflict.actual}
    won = {"stream": stream, "version": version + 1}
    return {"ids": [event_id], "positions": done.positions, "repeated": done.repeated, **won}


def newest(company: Company) -> int:
    """Return the last position there is."""
    return int(company.query("SELECT max(position) FROM event").rows[0][0])


def rate(stream: str, event_id: str) -> Write:
    """A rate; which one does not matter."""
    data = RateRecorded(base="USD", quote="EUR", rate="0.9", on="2026-01-01")  # type: ignore[arg-type]  # as from JSON
    return Write(stream=stream, data=data, actor="test", event_id=event_id)


if __name__ == "__main__":
    for line in live(sys.argv[1], sys.argv[2], float(sys.argv[3])):
        print(json.dumps(line), flush=True)  # noqa: T201 - its output is what it is for
