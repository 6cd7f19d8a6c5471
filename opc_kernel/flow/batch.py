"""What is stored together: outcomes in the order in which they came about, the later ones resting on the earlier."""

from __future__ import annotations

from dataclasses import dataclass, field

from opc_kernel.event import ANY_VERSION, Write
from opc_kernel.flow.asking import Seen
from opc_kernel.flow.plan import Plan
from opc_kernel.flow.storing import Storable, Storing, own_write
from opc_kernel.flow.task import check_path
from opc_kernel.log.errors import VersionConflict
from opc_kernel.log.protocol import Company


@dataclass(frozen=True, slots=True, kw_only=True)
class Thought:
    """What came of one task, and what is stored for it."""

    seen: Seen
    outcome: Storable
    storing: Storing


@dataclass(slots=True)
class Batch:
    """One append in the making. Nothing in it is so before it is stored."""

    thoughts: list[Thought] = field(default_factory=list)
    plans: dict[str, Plan] = field(default_factory=dict)
    """Plans as they will stand, by stream."""
    _writes: list[Write] = field(default_factory=list)
    _expected: dict[str, int] = field(default_factory=dict)
    _versions: dict[str, int] = field(default_factory=dict)
    """The version of each stream by then, as far as it is known."""

    def add(self, thought: Thought) -> None:
        """Take one more; raises VersionConflict where it rests on something that an earlier one changes."""
        task, storing = thought.seen.task, thought.storing
        check_path(task.stream, task.state, storing.own)
        relied_on = {**storing.expected, task.stream: task.version}
        for stream, version in relied_on.items():
            there = self._versions.get(stream, version)
            if there != version:
                raise VersionConflict(stream, version, there)
        for stream in relied_on.keys() - self._versions.keys():
            self._versions[stream] = self._expected[stream] = relied_on[stream]
        for write in (*(own_write(task, event) for event in storing.own), *storing.writes):
            self._writes.append(write)
            if self._versions.get(write.stream, ANY_VERSION) != ANY_VERSION:
                self._versions[write.stream] += 1
        if storing.plan is not None:
            self.plans[storing.plan.stream] = storing.plan
        self.thoughts.append(thought)

    def store(self, company: Company) -> None:
        """Append all of it, or nothing."""
        if self._writes:
            company.append(self._writes, expected=self._expected)
