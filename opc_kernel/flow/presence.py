"""Presence: which workers of this machine have surely ended, so that nobody waits for a lease that nobody holds.

Leases and their tokens keep the work right; this only makes it go on at once after a crash.
"""

from __future__ import annotations

import os
import socket
from pathlib import Path

STARTED = 19
"""Place of a process's start among the words after its name, in /proc/<pid>/stat."""


def present() -> str:
    """Return this process's name as a worker: the machine, its number, and its start where that can be read."""
    return f"{socket.gethostname()}:{os.getpid()}:{_started(os.getpid())}"


def is_gone(worker: str) -> bool:
    """Say whether a worker of this machine has ended. Who may still be there is not gone: their lease runs out."""
    host, number, started = (*worker.rsplit(":", 2), "", "")[:3]
    if host != socket.gethostname() or not number.isdecimal():
        return False
    return not _is_there(int(number)) or started != _started(int(number))


def _is_there(number: int) -> bool:
    try:
        os.kill(number, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True  # it is somebody else's
    return True


def _started(number: int) -> str:
    """Return when a process began, in the system's own count: numbers are given out again."""
    try:
        status = Path(f"/proc/{number}/stat").read_text("utf-8", errors="replace")
    except OSError:
        return ""
    return status.rpartition(") ")[2].split()[STARTED]
