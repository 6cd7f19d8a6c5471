"""Whatever the operator and the queue do in whatever order: nothing lands on another item, twice, or nowhere."""

import shutil
import tempfile
from collections import Counter
from contextlib import suppress
from copy import deepcopy
from functools import cache
from pathlib import Path
from typing import ClassVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sheet_examples import SCHEMA, proposal
from sheet_worlds import ExcelWorld, TwinWorld
from test_sheet_crash import Crash, Fuse

from sheets_sync.row import hash_in
from sheets_sync.sync import synchronize

WORDS = ["approve", "Reject ", "defer", "ask", "aprove", ""]
CONTENT = ["What", "Content", "Amount", "Until"]
FRESH = 5  # items that a queue may get meanwhile
ROWS, TIMES = 200, 1_000  # of the soak
at = st.integers(0, 250)


@cache
def started(kind, size):
    """Make a synced world once, in a folder that stays until the tests end."""
    world = kind(*map(proposal, range(1, size + 1)), folder=Path(tempfile.mkdtemp()))
    world.sync()
    return world, world.lines()


class Interleaving(RuleBasedStateMachine):
    """The operator edits `lines` in memory; they are saved before a sync and opened again after it."""

    kind, size = TwinWorld, 3
    done: ClassVar = Counter()

    def __init__(self):
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        start, lines = started(self.kind, self.size)
        self.world = self.copy_of(start)
        self.lines = [dict(line) for line in lines]
        self.older = [dict(line) for line in lines]
        self.saved = [self.older]  # every state of the sheet that a sync may have read
        self.made = self.size

    def copy_of(self, start):
        world = self.kind(folder=Path(self.folder.name))
        world.queue, world.base = deepcopy(start.queue), deepcopy(start.base)
        if self.kind is ExcelWorld:
            shutil.copy(start.path, world.path)
        else:
            world.workbook = deepcopy(start.workbook)
        return world

    def teardown(self):
        self.syncs()
        self.nothing_is_applied_to_another_item()
        self.nothing_is_applied_twice()
        self.done.update(interleavings=1, decisions=len(self.world.queue.decisions))
        self.folder.cleanup()

    def some(self, number):
        return self.lines[number % len(self.lines)] if self.lines else {}

    # the operator

    @rule(
        numbers=st.sets(at, min_size=1, max_size=6),
        word=st.sampled_from(WORDS),
        note=st.sampled_from(["", "a"]),
    )
    def enters(self, numbers, word, note):
        for number in numbers:
            self.some(number).update(decision=word, Note=note)

    @rule(column=st.sampled_from(["Amount", "What", "decision", "Status"]), down=st.booleans())
    def sorts(self, column, down):
        self.lines.sort(key=lambda line: str(line.get(column)), reverse=down)

    @rule(column=st.sampled_from([*CONTENT, "key", "hash", "decision"]))
    def sorts_one_column_only(self, column):
        for line, value in zip(self.lines, sorted(str(line.get(column)) for line in self.lines), strict=True):
            line[column] = value

    @rule(number=at)
    def deletes(self, number):
        if self.lines:
            del self.lines[number % len(self.lines)]

    @rule(number=at, word=st.sampled_from(WORDS))
    def inserts_a_line(self, number, word):
        self.lines.insert(number, {"What": "a line of my own", "decision": word})

    @rule(number=at, word=st.sampled_from(WORDS))
    def copies_a_line(self, number, word):
        self.lines.append({**self.some(number), "decision": word})

    @rule(taken=at, put=at, columns=st.sets(st.sampled_from(["key", "hash", *CONTENT]), min_size=1))
    def pastes(self, taken, put, columns):
        self.some(put).update({name: self.some(taken).get(name) for name in columns})

    @rule()
    def keeps_a_copy(self):
        self.older = [dict(line) for line in self.lines]

    @rule()
    def puts_the_copy_back(self):
        self.lines = [dict(line) for line in self.older]

    # the queue

    @precondition(lambda self: self.made < self.size + FRESH)
    @rule()
    def gets_an_item(self):
        self.made += 1
        self.world.queue.put(proposal(self.made))

    @rule(number=at)
    def changes_an_item(self, number):
        number = number % self.made + 1
        if item := self.world.queue.items.get(f"proposal/{number}"):
            fresh = proposal(number, f"{item.cells['title']}, corrected", hash=f"{item.hash}+")
            self.world.queue.put(fresh)

    @rule(number=at)
    def settles_or_drops_an_item(self, number):
        number = number % self.made + 1
        key = f"proposal/{number}"
        if item := self.world.queue.items.get(key):
            if item.open:
                self.world.queue.put(
                    proposal(number, hash=item.hash, cells=item.cells, open=False, status="expired")
                )
            else:
                del self.world.queue.items[key]

    # the sync

    @rule()
    def syncs(self):
        self.save()
        self.world.sync()
        self.reopen()
        self.all_is_told_and_all_is_shown()

    @rule()
    def syncs_while_it_is_open(self):
        self.save()
        self.world.open_elsewhere()
        self.world.sync()
        self.world.open_elsewhere(opened=False)

    @rule(steps=st.integers(0, 8), when=st.sampled_from(["before", "after"]))
    def syncs_and_crashes(self, steps, when):
        self.save()
        fuse = Fuse(steps, when)
        ports = [fuse.wrap(port) for port in (self.world.queue, self.world.workbook, self.world.base)]
        with suppress(Crash):
            synchronize(SCHEMA, *ports)
        self.reopen()

    def save(self):
        self.world.save([dict(line) for line in self.lines])
        self.saved.append([dict(line) for line in self.lines])

    def reopen(self):
        self.lines = self.world.lines()
        self.done.update(syncs=1)

    def all_is_told_and_all_is_shown(self):
        taken = {(one.key, one.hash, one.word) for one in self.world.queue.decisions}
        for line in self.lines:
            word = str(line.get("decision") or "").strip().lower()
            if word and line.get("key") and line.get("hash"):
                told = str(line.get("Status")).startswith("Not counted")
                assert told or (line["key"], hash_in(line["hash"]), word) in taken, f"lost silently: {line}"
        shown = {(line.get("key"), hash_in(str(line.get("hash"))), line.get("What")) for line in self.lines}
        for item in self.world.queue.items.values():
            assert not item.open or (item.key, item.hash, item.cells["title"]) in shown

    @invariant()
    def nothing_is_applied_to_another_item(self):
        stood = {
            (line.get("What"), str(line.get("decision") or "").strip().lower())
            for lines in self.saved
            for line in lines
        }
        for one in self.world.queue.decisions:
            number = one.hash.strip("h+")
            title = f"Reminder {number} to Muster GmbH" + ", corrected" * one.hash.count("+")
            assert (title, one.word) in stood, f"{one} was never entered beside {title}"

    @invariant()
    def nothing_is_applied_twice(self):
        ids = [one.id for one in self.world.queue.decisions]
        assert len(ids) == len(set(ids))
        settled = [
            (one.key, one.hash) for one in self.world.queue.decisions if one.word not in ("defer", "ask")
        ]
        assert len(settled) == len(set(settled))


TestInterleaving = Interleaving.TestCase
TestInterleaving.settings = settings(max_examples=300, stateful_step_count=30, deadline=None)


class InterleavingOnExcel(Interleaving):
    kind, size = ExcelWorld, 4


TestInterleavingOnExcel = InterleavingOnExcel.TestCase
TestInterleavingOnExcel.settings = settings(max_examples=12, stateful_step_count=12, deadline=None)


@pytest.mark.soak
@pytest.mark.parametrize("kind", [TwinWorld, ExcelWorld], ids=["twin", "excel"])
def test_h1_two_hundred_rows_in_a_thousand_interleavings(kind, told):
    class Large(Interleaving):
        size = ROWS
        done: ClassVar = Counter()

    Large.kind = kind
    run_state_machine_as_test(
        Large,
        settings=settings(
            max_examples=TIMES,
            stateful_step_count=12,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow],
        ),
    )
    told(f"{TIMES} interleavings of {ROWS} rows, {dict(Large.done)}")
