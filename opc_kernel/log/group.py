"""Group commit: appends that wait for their turn are judged one after the other and committed as one record."""

from __future__ import annotations

import threading
from collections import ChainMap, Counter, deque
from collections.abc import Iterable, Iterator, Mapping, MutableMapping, Sequence, Set
from contextlib import contextmanager

from opc_kernel.log.append import Appended, Draft, Stored, check_expected, repeated
from opc_kernel.log.errors import AppendRefused, LogError

GROUP_EVENTS = 400
"""A group takes no more events than this, unless a single append has more: then it goes alone."""

Verdict = Appended | LogError


class Waiting:
    """One append on its way: what it writes, and once it is settled its answer or its error."""

    def __init__(self, drafts: Sequence[Draft], expected: Mapping[str, int]) -> None:
        self.drafts = drafts
        self.expected = expected
        self.leads = False
        """Whether it is its turn to serve those who wait."""
        self._outcome: Verdict | None = None
        self._asleep = threading.Lock()
        self._asleep.acquire()

    @property
    def settled(self) -> bool:
        """Whether somebody has served it."""
        return self._outcome is not None

    def sleep(self) -> None:
        """Wait until it is settled or leads."""
        self._asleep.acquire()

    def settle(self, outcome: Verdict) -> None:
        """Give the answer, or the error that its caller shall see."""
        self._outcome = outcome
        self._wake()

    def lead(self) -> None:
        """Make it serve those who wait."""
        self.leads = True
        self._wake()

    def answer(self) -> Appended:
        """Return the answer of a settled append, or raise its error."""
        assert self._outcome is not None, "nobody has served it"
        if isinstance(self._outcome, LogError):
            raise self._outcome
        return self._outcome

    def _wake(self) -> None:
        if self._asleep.locked():  # who leads is awake when it is settled
            self._asleep.release()


class Line:
    """The appends that wait, in the order in which they came; one of them leads.

    It is no longer than the threads that stand in it.
    """

    def __init__(self) -> None:
        self._waiting: deque[Waiting] = deque()
        self._led = False
        self._moving = threading.Lock()

    @contextmanager
    def turn(self, one: Waiting) -> Iterator[None]:
        """Stand in line until somebody has served us or we are the one to do it; then make room for the next."""
        self._join(one)
        try:
            one.sleep()
            yield
        finally:
            self._leave(one)

    def group(self) -> list[Waiting]:
        """Return those at the head that may be committed together."""
        with self._moving:
            return _together(one for one in self._waiting if not one.settled)

    def _join(self, one: Waiting) -> None:
        with self._moving:
            self._waiting.append(one)
            if not self._led:
                self._led = True
                one.lead()

    def _leave(self, one: Waiting) -> None:
        with self._moving:
            self._waiting.remove(one)
            if one.leads:
                following = next((each for each in self._waiting if not each.settled), None)
                self._led = following is not None
                if following is not None:
                    following.lead()


def _together(waiting: Iterable[Waiting]) -> list[Waiting]:
    """Return the first appends that share no event id: a retry is judged when its first try is stored."""
    group: list[Waiting] = []
    events, ids = 0, set[str]()
    for one in waiting:
        if group:
            ids.update(each.event_id for each in group[-1].drafts)
            if events + len(one.drafts) > GROUP_EVENTS or any(each.event_id in ids for each in one.drafts):
                break
        group.append(one)
        events += len(one.drafts)
    return group


def judge(
    group: Sequence[Waiting],
    stored: Mapping[str, Stored],
    versions: MutableMapping[str, int],
    position: int,
    *,
    erased: Set[str] = frozenset(),
) -> tuple[list[Draft], list[tuple[Waiting, Verdict]]]:
    """Decide on each append as if those before it were stored and the log ended at `position` before all of them.

    `erased` are the streams whose data was erased: what rests on them is refused, for it may repeat what is gone.
    Returns what is to be stored, and the verdicts; they hold once that is stored, and not before.
    """
    accepted: list[Draft] = []
    verdicts: list[tuple[Waiting, Verdict]] = []
    ahead: ChainMap[str, int] = ChainMap({}, versions)
    for one in group:
        verdict = _judged(one, stored, ahead, position + len(accepted), erased)
        verdicts.append((one, verdict))
        if is_new(verdict):
            accepted += one.drafts
            if one is not group[-1]:
                for stream, count in Counter(each.stream for each in one.drafts).items():
                    ahead[stream] += count
    return accepted, verdicts


def _judged(
    one: Waiting,
    stored: Mapping[str, Stored],
    versions: Mapping[str, int],
    position: int,
    erased: Set[str],
) -> Verdict:
    try:
        done = repeated(one.drafts, stored)
        if done is None:
            check_expected(one.expected, versions, erased)
    except AppendRefused as refusal:
        return refusal
    return done or Appended(positions=tuple(range(position + 1, position + len(one.drafts) + 1)))


def is_new(verdict: Verdict) -> bool:
    """Whether an append was accepted and adds something."""
    return isinstance(verdict, Appended) and not verdict.repeated
