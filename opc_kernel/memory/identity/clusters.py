"""Links become groups: none holds two that were said to differ, none grows by a link that is not certain."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

Pair = tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Clusters:
    """`groups` have two keys or more, sorted; `refused` are links that would have joined what differs."""

    groups: tuple[tuple[str, ...], ...]
    refused: tuple[Pair, ...]


def unite(
    certain: Iterable[Pair],
    never: Iterable[Pair] = (),
    contradict: Callable[[str, str], bool] = lambda _left, _right: False,
) -> Clusters:
    """Unite what certain links join, the surest link first.

    Before two groups become one each of the one is held against each of the other: `never` is what a person said,
    `contradict` what the records say, also of pairs that no link joins.
    """
    apart = {frozenset(pair) for pair in never}
    group: dict[str, list[str]] = {}
    refused: list[Pair] = []
    for left, right in certain:
        one, other = group.setdefault(left, [left]), group.setdefault(right, [right])
        if one is other:
            continue
        if any(frozenset((a, b)) in apart or contradict(a, b) for a in one for b in other):
            refused.append((left, right))
            continue
        one.extend(other)
        group.update(dict.fromkeys(other, one))
    found = {tuple(sorted(each)) for each in group.values() if len(each) > 1}
    return Clusters(groups=tuple(sorted(found)), refused=tuple(refused))
