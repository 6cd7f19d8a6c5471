"""Plays generated companies and says how the bookkeeper did: by month, by kind of case, and each wrong one whole.

PYTHONPATH=. python tests/workbench/books_report.py SEEDS MONTHS [hard]     such as 0-20 2, or 7 12 for one year
"""

import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from books_operator import Operator, Played, Settled, agrees, figures, settled
from books_records import Explanation, Transaction
from books_shapes import Mix
from books_world import HARD, USUAL, months


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One transaction with what is true of it and what the books say in the end."""

    seed: int
    move: Transaction
    truth: Explanation
    found: Settled

    @property
    def is_right(self) -> bool:
        """Whether the books say what is true."""
        return agrees(self.found.explanation, self.truth)

    @property
    def is_automatic(self) -> bool:
        """Whether nobody was asked."""
        return self.found.decided_by == "automatic"


def play(seed: int, count: int, mix: Mix) -> tuple[list[Played], list[Told]]:
    """Play one company's months in a folder that goes away."""
    shown, truth = months(seed, count, mix=mix)
    with tempfile.TemporaryDirectory() as folder:
        operator = Operator(shown, truth, Path(folder) / "acme")
        with operator.company:
            played, found = operator.play(), settled(operator.company, shown)
    moves = {each.key: each for each in shown.transactions}
    return played, [
        Told(seed=seed, move=moves[key], truth=truth.explained[key], found=each)
        for key, each in found.items()
    ]


def by_month(played: Iterable[list[Played]]) -> Iterator[str]:
    """Say for the first, second, … month of all companies how often was asked: the learning curve."""
    for number, same in enumerate(zip(*played, strict=True), start=1):
        yield f"month {number}: {figures(same)}"


def by_case(told: Iterable[Told]) -> Iterator[str]:
    """Say of each kind of case how many were settled alone, and how many are in the books as they are in truth."""
    kinds: dict[str, list[Told]] = defaultdict(list)
    for each in told:
        kinds[each.truth.case].append(each)
    for kind, those in sorted(kinds.items()):
        alone = sum(each.is_automatic for each in those)
        right = sum(each.is_right for each in those)
        yield f"{kind:20} {len(those):5} {alone:5} alone {right:5} right"


def wrong(told: Iterable[Told]) -> Iterator[str]:
    """Name each that was settled alone, and wrong."""
    for each in told:
        if each.is_automatic and not each.is_right:
            yield f"WRONG, seed {each.seed}: {each.move}\n  said  {each.found.explanation}\n  truth {each.truth}"


def report(seeds: Iterable[int], count: int, mix: Mix) -> Iterator[str]:
    """Play and say all of it, line by line."""
    all_played, all_told = [], []
    for seed in seeds:
        played, told = play(seed, count, mix)
        all_played.append(played)
        all_told += told
        yield f"seed {seed}: {figures(played)}"
    yield from by_month(all_played)
    yield from by_case(all_told)
    yield from wrong(all_told)
    yield figures(month for played in all_played for month in played)


if __name__ == "__main__":
    first, _, last = sys.argv[1].partition("-")
    seeds = range(int(first), int(last or int(first) + 1))
    for line in report(seeds, int(sys.argv[2]), HARD if "hard" in sys.argv else USUAL):
        print(line, flush=True)  # noqa: T201 - it is a command
