"""The named steps at which a crash could hurt, and the hook with which a test ends the process at one of them."""

from __future__ import annotations

import os
import signal
from typing import Protocol

from opc_kernel.errors import KernelError

STEPS = ("before journal", "half journal", "before sync", "after sync", "before database", "after database")
"""Of an append, in their order. What comes after "before sync" stands in the file and outlives the process."""
ERASING = (
    "erase record",
    "erase files",
    "erase between files",
    "erase journal",
    "erase before rename",
    "erase database",
    "erase marker",
    "erase rebuild",
)
MIGRATING = (
    "before copy",
    "after copy",
    "in migration",
    "after migration",
    "before checkpoint",
    "after checkpoint",
)
NAMED = (*STEPS, *ERASING, *MIGRATING)


class Crash(Protocol):
    """Called at each named step; a test may end the process there."""

    def __call__(self, step: str) -> None:
        """Go on, or never return."""
        ...


def no_crash(step: str) -> None:
    """Go on."""


class UnknownCrash(KernelError):
    """A wish for a crash that names no step or no number."""

    def __init__(self, wish: str) -> None:
        steps = ", ".join(step.replace(" ", "-") for step in NAMED)
        super().__init__(
            f"CRASH_AT={wish} names no crash.",
            f"Say <step>:<n>, such as before-sync:3; the steps are {steps}.",
        )
        self.wish = wish


class KillAt:
    """Ends the process, as `kill -9` does, when it comes to a step for the n-th time."""

    def __init__(self, step: str, n: int = 1) -> None:
        self.step, self.left = step, n

    def __call__(self, step: str) -> None:
        if step == self.step:
            self.left -= 1
            if self.left == 0:
                os.kill(os.getpid(), signal.SIGKILL)


def crash_at(wish: str) -> Crash:
    """Return the hook for `<step>:<n>`, a step's words joined with hyphens; for no wish, none.

    Raises UnknownCrash: a test that crashes nowhere would prove nothing.
    """
    if not wish:
        return no_crash
    name, _, n = wish.partition(":")
    step = name.replace("-", " ")
    if step not in NAMED or not n.isdecimal() or int(n) < 1:
        raise UnknownCrash(wish)
    return KillAt(step, int(n))
