"""Lives of the log's tests: notes of many sizes, in a folder."""

import random
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial

from log_examples import note, opened

from opc_kernel.log import database as database_module
from opc_kernel.testing.lives import live

SMALL, LARGE = 200, 40_000
"""Bytes of an event."""
LENGTHS = (SMALL, 2_000, SMALL)
BARE = {"read_models": [], "views": []}
"""Options of a log that only keeps events: it opens faster."""


@dataclass(frozen=True)
class Notes:
    """Appends of so many notes each, of so many bytes an event."""

    life: str
    sizes: tuple[int, ...]
    lengths: tuple[int, ...] = (0,)

    def __len__(self):
        return len(self.sizes)

    def __getitem__(self, number):
        return [self._note(number, n) for n in range(self.sizes[number])]

    def _note(self, number, n):
        said = f"{self.life}/{number}/{n} ".ljust(self.lengths[(number + n) % len(self.lengths)], "x")
        return note(f"s{number % 3}", said, event_id=f"{self.life}-{number}-{n}")


@contextmanager
def opening(folder, *, checkpoint_at=database_module.CHECKPOINT_AT, crash, **options):
    """Open as a life does: it waits for the one before it, and may write checkpoints more often."""
    usual, database_module.CHECKPOINT_AT = database_module.CHECKPOINT_AT, checkpoint_at
    try:
        with opened(folder, crash=crash, wait_s=5.0, **options) as log:
            yield log
    finally:
        database_module.CHECKPOINT_AT = usual


def one_life(folder, plan, *, options=None, **how):
    """Live in a folder until killed."""
    life = live(partial(opening, folder, **(options or {})), plan, **how)
    assert life.exitcode == -9, life
    return life


def random_notes(chance: random.Random, life, count):
    """Many small appends, a few large ones."""
    sizes = [chance.choice([1] * 40 + [2] * 20 + [5] * 20 + [40] * 5 + [700]) for _ in range(count)]
    lengths = [chance.choice([SMALL] * 12 + [2_000] * 6 + [LARGE]) for _ in range(17)]
    return Notes(life, tuple(sizes), tuple(lengths))
