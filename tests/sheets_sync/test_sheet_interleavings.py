"""Whatever the operator and the queue do in whatever order: nothing lands on another item, twice, or nowhere."""

from contextlib import suppress

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from sheet_examples import SCHEMA, proposal
from sheet_worlds import TwinWorld
from test_sheet_crash import Crash, Fuse

from sheets_sync.row import hash_in
from sheets_sync.sync import synchronize

WORDS = ["approve", "Reject ", "defer", "ask", "aprove", ""]
CONTENT = ["What", "Content", "Amount", "Until"]
at = st.integers(0, 30)


class Interleaving(RuleBasedStateMachine):
    def __init__(self):
        super().__init__()
        self.world = TwinWorld(proposal(1), proposal(2), proposal(3))
        self.world.sync()
        self.older = self.world.lines()
        self.saved = [self.older]  # every state of the sheet that a sync may have read
        self.made = 3

    @property
    def lines(self):
        return self.world.workbook.lines

    def some(self, number):
        return self.lines[number % len(self.lines)] if self.lines else {}

    # the operator

    @rule(number=at, word=st.sampled_from(WORDS), note=st.sampled_from(["", "a", "b"]))
    def enters(self, number, word, note):
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
        self.older = self.world.lines()

    @rule()
    def puts_the_copy_back(self):
        self.world.save([dict(line) for line in self.older])

    # the queue

    @precondition(lambda self: self.made < 8)
    @rule()
    def gets_an_item(self):
        self.made += 1
        self.world.queue.put(proposal(self.made))

    @rule(number=st.integers(1, 8))
    def changes_an_item(self, number):
        if item := self.world.queue.items.get(f"proposal/{number}"):
            fresh = proposal(number, f"{item.cells['title']}, corrected", hash=f"{item.hash}+")
            self.world.queue.put(fresh)

    @rule(number=st.integers(1, 8))
    def settles_or_drops_an_item(self, number):
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
        self.remember()
        self.world.sync()
        self.all_is_told_and_all_is_shown()

    @rule()
    def syncs_while_it_is_open(self):
        self.remember()
        self.world.open_elsewhere()
        self.world.sync()
        self.world.open_elsewhere(opened=False)

    @rule(steps=st.integers(0, 8), when=st.sampled_from(["before", "after"]))
    def syncs_and_crashes(self, steps, when):
        self.remember()
        fuse = Fuse(steps, when)
        ports = [fuse.wrap(port) for port in (self.world.queue, self.world.workbook, self.world.base)]
        with suppress(Crash):
            synchronize(SCHEMA, *ports)

    def remember(self):
        self.saved.append(self.world.lines())

    def all_is_told_and_all_is_shown(self):
        taken = {(one.key, one.hash, one.word) for one in self.world.queue.decisions}
        for line in self.lines:
            word = str(line.get("decision") or "").strip().lower()
            if word and line.get("key") and line.get("hash"):
                told = str(line["Status"]).startswith("Not counted")
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
        titles = {f"h{number}": f"Reminder {number} to Muster GmbH" for number in range(1, 9)}
        for one in self.world.queue.decisions:
            number = one.hash.rstrip("+")
            title = titles[number] + ", corrected" * one.hash.count("+")
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
