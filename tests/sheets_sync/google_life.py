"""A life of one spreadsheet: people edit it between any two calls, Google fails, syncs crash, and the queue moves on.

usage: google_life.py LIVES [SEED]      200 rows each; prints what happened, and the seed of a life that went wrong
"""

import random
import re
import sys
from collections import Counter
from contextlib import suppress
from dataclasses import replace

import stamina
from google_world import GoogleWorld
from sheet_examples import SCHEMA, proposal
from test_sheet_crash import Crash, Fuse

from sheets_sync.errors import SheetError
from sheets_sync.google.table import STATUSES
from sheets_sync.row import hash_in
from sheets_sync.sync import synchronize
from sheets_sync.testing.google import (
    BAD_GATEWAY,
    LOST_ANSWER,
    LOST_CONNECTION,
    RESET,
    SERVER_ERROR,
    TRUNCATED,
    UNAVAILABLE,
    rate_limited,
)

ROWS, STEPS = 200, 30
WORDS = ["approve", "Reject ", "defer", "ask", "aprove", "=1+1", ""]
TYPED = {word.strip().lower() for word in WORDS} - {""}
FAULTS = [
    SERVER_ERROR,
    UNAVAILABLE,
    BAD_GATEWAY,
    RESET,
    TRUNCATED,
    LOST_ANSWER,
    LOST_CONNECTION,
    rate_limited(),
]
OWN = re.compile(r"own \d+")
SHEET = SCHEMA.sheet
TITLE = "What"


class Life:
    """One spreadsheet with its people; everything follows from the seed."""

    def __init__(self, seed, rows=ROWS):
        self.chance = random.Random(seed)
        self.made = rows
        self.world = GoogleWorld(*(proposal(number) for number in range(rows)))
        self.hand = self.world.hand
        self.done = Counter()
        self.written = 0
        self.shown = set()  # (title, word) that stood in one row when it was read
        self.own = None
        self.editing = False
        self.world.sync()
        self.older = self.hand.copy()
        self.world.stand_in.before_each(self._between)

    def run(self, steps=STEPS):
        choices = [self.they_decide, self.edit, self.edit, self.queue_moves, self.sync, self.sync]
        for _ in range(steps):
            with suppress(_NotNow):
                self.chance.choice(choices)()
        self.calm_syncs()
        self.check()

    # people

    def edit(self):
        name = self.chance.choice([each for each in dir(self) if each.startswith("they_")])
        with suppress(_NotNow):
            getattr(self, name)()
            self.done[name] += 1

    def they_decide(self):
        self.done["people decide"] += 1
        for _ in range(self.chance.randint(1, 8)):
            row = self.some_row()
            self.hand.type_in(self.tab, row, self.column("decision"), self.chance.choice(WORDS))
            if self.chance.random() < 0.3:
                self.hand.type_in(self.tab, row, self.column("Note"), self.own_text())

    def they_sort(self):
        column = self.column(self.chance.choice(["Amount", TITLE, "decision", "Status"]))
        self.hand.sort(self.tab, column, descending=self.chance.random() < 0.5)

    def they_sort_one_column_apart(self):
        column = self.column(self.chance.choice([TITLE, "Content", "Amount", "key", "hash", "decision"]))
        rows = range(1, self.last_row)
        cells = [self.sheet.cell(row, column) for row in rows]
        self.chance.shuffle(cells)
        with self.hand._step():
            for row, cell in zip(rows, cells, strict=True):
                self.sheet.put(row, {column: cell})

    def they_insert_rows_of_their_own(self):
        at = self.some_row()
        self.hand.insert_row(self.tab, at, 2)
        self.hand.type_in(self.tab, at, self.column(TITLE), self.own_text())
        self.hand.type_in(self.tab, at, self.column("decision"), "approve")

    def they_write_below(self):
        self.hand.type_in(self.tab, self.last_row + 1, self.column("Note"), self.own_text())

    def they_delete_rows(self):
        self.hand.delete_row(self.tab, self.some_row(), self.chance.randint(1, 2))

    def they_copy_a_row(self):
        self.hand.copy_row(self.tab, self.some_row(), self.last_row)

    def they_copy_a_row_over_another(self):
        self.hand.copy_row(self.tab, self.some_row(), self.some_row())

    def they_paste_over_the_hidden_columns(self):
        source, target = self.some_row(), self.some_row()
        for name in ("key", "hash"):
            text = self.hand.text(self.tab, source, self.column(name))
            self.hand.type_in(self.tab, target, self.column(name), text)

    def they_fill_down(self):
        row = self.some_row()
        column = self.column(self.chance.choice(["decision", "key", "hash", TITLE]))
        self.hand.fill_down(self.tab, row, column, min(row + 5, self.last_row - 1))

    def they_add_a_column(self):
        if self.sheet.column_count > 20:
            raise _NotNow
        at = self.chance.randint(0, 9)
        self.hand.insert_column(self.tab, at)
        self.hand.type_in(self.tab, 0, at, self.own_text())

    def they_move_a_column(self):
        self.hand.move_column(self.tab, self.chance.randint(0, 9), self.chance.randint(0, 9))

    def they_rename_the_tab(self):
        self.hand.rename_tab(self.tab, f"To decide {self.chance.randint(1, 99)}")

    def they_sort_the_page_of_statuses(self):
        if STATUSES in self.hand.tabs:
            self.hand.sort(STATUSES, 0, descending=self.chance.random() < 0.5)

    def they_delete_the_page_of_statuses(self):
        if STATUSES in self.hand.tabs and self.chance.random() < 0.2:
            self.hand.delete_tab(STATUSES)

    def they_keep_a_copy(self):
        self.older = self.hand.copy()

    def they_put_the_copy_back(self):
        self.hand.restore(self.older)

    def they_undo(self):
        self.hand.undo()

    # the queue

    def queue_moves(self):
        queue = self.world.queue
        number = self.chance.randrange(self.made)
        item = queue.items.get(f"proposal/{number}")
        match self.chance.choice(["new", "changed", "settled", "dropped"]):
            case "new":
                queue.put(proposal(self.made))
                self.made += 1
            case "changed" if item:
                queue.put(proposal(number, f"{item.cells['title']}, corrected", hash=f"{item.hash}+"))
            case "settled" if item and item.open:
                queue.put(replace(item, open=False, status="settled elsewhere"))
            case "dropped" if item and not item.open:
                del queue.items[item.key]

    # the sync

    def sync(self):
        stand_in = self.world.stand_in
        self.editing = self.chance.random() < 0.6
        if self.chance.random() < 0.4:
            fault = self.chance.choice(FAULTS)
            stand_in.fail(fault, len(stand_in.calls) + self.chance.randint(1, 4))
            self.done["fault"] += 1
        crash = Fuse(self.chance.randint(0, 7), self.chance.choice(["before", "after"]))
        ports = (self.world.queue, self.world.workbook, self.world.base)
        try:
            self.synced([crash.wrap(port) for port in ports] if self.chance.random() < 0.3 else ports)
        except SheetError:
            self.done["sync gave up"] += 1
        except Crash:
            self.done["sync crashed"] += 1
        self.editing = False
        self.done["sync"] += 1

    def synced(self, ports):
        self.own = None
        try:
            synchronize(SCHEMA, *ports)
        finally:
            self._check_own("the end of a sync")

    def calm_syncs(self):
        self.world.stand_in.calm()
        self.world.stand_in.before_each(self._between)
        for _ in range(3):
            self.synced((self.world.queue, self.world.workbook, self.world.base))

    def _between(self, call):
        """Before each call: nothing of the operator's own was touched since; then people go on, as they like."""
        self._check_own(call.path)
        if self.editing and self.chance.random() < 0.5:
            self.edit()
        self.own = self.own_texts()
        if call.kind == "read":
            self.shown |= self.standing()

    # what must hold

    def check(self):
        decisions = self.world.queue.decisions
        for one in decisions:
            number = hash_in(one.hash).rstrip("+")[1:]
            title = proposal(int(number)).cells["title"] + ", corrected" * one.hash.count("+")
            assert (title, one.word) in self.shown, f"{one} was never entered beside {title}"
        assert len({one.id for one in decisions}) == len(decisions), "a decision was taken twice"
        settling = [(one.key, one.hash) for one in decisions if one.word not in ("defer", "ask")]
        assert len({*settling}) == len(settling), "an item was settled twice"
        self._check_told({(one.key, one.hash, one.word) for one in decisions})
        shown = {(line["key"], hash_in(str(line["hash"])), line[TITLE]) for line in self.lines()}
        for item in self.world.queue.items.values():
            assert not item.open or (item.key, item.hash, item.cells["title"]) in shown, (
                f"{item.key} is not shown"
            )

    def _check_own(self, when):
        if self.own is not None:
            assert self.own_texts() == self.own, f"a text of the operator's own was touched before {when}"

    def _check_told(self, taken):
        """A row whose columns moved while it was written looks elsewhere; it is told on the page of statuses alone."""
        page = {row[0]: row[1] for row in reversed(self.hand.grid(STATUSES))}
        for line in self.lines():
            word = str(line["decision"] or "").strip().lower()
            if word in TYPED and line["key"] and line["hash"]:
                status = page.get(f"{_read(line['key'])} {_read(line['hash'])}") or line["Status"]
                told = str(status).startswith("Not counted")
                assert told or (line["key"], hash_in(line["hash"]), word) in taken, f"lost silently: {line}"

    # what is there

    @property
    def tab(self):
        return next(title for title in self.hand.tabs if title not in ("Sheet1", STATUSES, "How this works"))

    @property
    def sheet(self):
        return self.world.file.tab(self.tab)

    @property
    def last_row(self):
        return self.sheet.last_row()

    def column(self, title):
        return next(at for at, text in self.world._titles(self.sheet).items() if text == title)

    def some_row(self):
        if self.last_row < 2:
            raise _NotNow
        return self.chance.randrange(1, self.last_row)

    def own_text(self):
        self.written += 1
        return f"own {self.written}"

    def lines(self):
        self.hand.rename_tab(self.tab, SHEET)
        return self.world.lines()

    def own_texts(self):
        texts = (
            str(next(iter(cell.value.values())))
            for sheet in self.world.file.sheets
            for row in sheet.rows
            for cell in row.cells.values()
            if cell.value
        )
        return Counter(text for text in texts if OWN.fullmatch(text))

    def standing(self):
        title, word = self.column(TITLE), self.column("decision")
        return {
            (self.text(row, title), self.text(row, word).strip().lower()) for row in range(1, self.last_row)
        }

    def text(self, row, column):
        return str((self.sheet.cell(row, column).value or {}).get("stringValue", ""))


def _read(cell):
    return "(a formula)" if str(cell).startswith("=") else cell


class _NotNow(Exception):
    """What a person wanted to do makes no sense just now."""


def live(seed, rows=ROWS, steps=STEPS):
    """Live one life through and return what happened in it."""
    life = Life(seed, rows)
    try:
        life.run(steps)
    except BaseException as error:
        error.add_note(f"the seed of this life is {seed}")
        raise
    finally:
        life.world.close()
    life.done["decisions"] = len(life.world.queue.decisions)
    return life.done


def main(lives, first=None):
    stamina.set_testing(True, attempts=3)
    stamina.instrumentation.set_on_retry_hooks(())
    first = int(first) if first else random.SystemRandom().randrange(10**9)
    done = Counter()
    for seed in range(first, first + int(lives)):
        done += live(seed)
    sys.stdout.write(
        f"{lives} lives from seed {first}: {dict(sorted(done.items()))}\n"
        "0 decisions on another row, 0 taken twice, 0 lost silently, 0 texts of the operator's own touched\n"
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
