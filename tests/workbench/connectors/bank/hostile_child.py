"""Reads hostile files, each in a child of its own under limits; prints what became of each as a line of JSON.

Started by test_hostile.py as a process of its own: what it imports is imported once, and a child forked from it may
fail in any way.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import time
from pathlib import Path

GROWTH_BYTES = 256 * 2**20
CPU_SECONDS = 2
SLACK_BYTES = 64 * 2**20
"""Of addresses, which are not memory: arenas and thread stacks are reserved in large pieces."""


def main(paths: list[str]) -> None:
    """Fork for each path, and print its outcome."""
    from python_calamine import load_workbook  # noqa: F401 - loaded before anything is measured

    from workbench.connectors.bank.recognise import read_statement
    from workbench.refusal import Refused

    def said(path: str) -> dict[str, object]:
        before = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
        limit = before + GROWTH_BYTES + SLACK_BYTES
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
        resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS + 1, CPU_SECONDS + 2))
        resident = int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()
        started = time.process_time()
        try:
            outcome = f"read {len(read_statement(Path(path).read_bytes()).statements)}"
        except Refused as refusal:
            outcome = f"refused: {refusal.happened}"
        except BaseException as error:  # noqa: BLE001 - whatever else comes is the finding
            outcome = f"crashed: {error!r}"
        # A workbook is opened in a process of its own.
        below = resource.getrusage(resource.RUSAGE_CHILDREN)
        seconds = time.process_time() - started + below.ru_utime + below.ru_stime
        own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 - resident
        return {"outcome": outcome, "seconds": seconds, "grown": max(own, below.ru_maxrss * 1024)}

    for path in paths:
        reading, writing = os.pipe()
        child = os.fork()
        if not child:
            os.write(writing, json.dumps(said(path)).encode())
            os._exit(0)
        os.close(writing)
        with os.fdopen(reading, "rb") as pipe:
            told = pipe.read()
        _, status = os.waitpid(child, 0)
        killed = {"outcome": f"killed with status {status}", "seconds": 99.0, "grown": 0}
        sys.stdout.write(json.dumps(json.loads(told) if told else killed) + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
