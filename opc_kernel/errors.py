"""The kernel's error family: each error keeps its facts, says what happened, then what to do next."""

from __future__ import annotations


class KernelError(Exception):
    """Base of every error the kernel raises on purpose.

    `happened` is one line of what happened, `todo` one line of what to do next.
    """

    def __init__(self, happened: str, todo: str) -> None:
        super().__init__(f"{happened} {todo}".strip())
        self.happened = happened
        self.todo = todo
