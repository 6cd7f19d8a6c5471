"""Bytes that rot, pages that go, files that are not ours: a database is right, made anew, or named as wrong."""

import random
import shutil
import time
from collections import Counter
from pathlib import Path

import pytest
from log_examples import append, note, opened
from log_lives import BARE, Notes, one_life

from opc_kernel.log.crash import KillAt
from opc_kernel.log.errors import LogsDisagree
from opc_kernel.log.verify import verify_folder
from opc_kernel.testing.lives import hold_against

DATABASE, AHEAD = "company.duckdb", "company.duckdb.wal"
PAGE = 4096
QUICK_SEED = 20261102
EVENTS_TO_RECOVER = 100_000
RECOVERY_S = 2.0


class Damaged:
    """A company as bytes; each try writes it out with something changed and opens it."""

    def __init__(self, company, plan, acknowledged):
        self.files = {
            path.relative_to(company): path.read_bytes()
            for path in company.rglob("*")
            if path.is_file() and path.name != ".lock"
        }
        self.folder = company.with_name("damaged")
        self.plan, self.acknowledged = plan, acknowledged
        self.happened = Counter()

    def opened_with(self, **changed):
        """Open with files changed (None: missing) and say what happened; whatever does, no wrong row is believed."""
        shutil.rmtree(self.folder, ignore_errors=True)
        files = self.files | {Path(name): content for name, content in changed.items()}
        for name, content in files.items():
            if content is not None:
                (self.folder / name).parent.mkdir(parents=True, exist_ok=True)
                (self.folder / name).write_bytes(content)
        outcome = self._outcome()
        self.happened[outcome] += 1
        return outcome

    def _outcome(self):
        try:
            with opened(self.folder, **BARE) as log:
                found = log.verify().findings
                if found:
                    self.happened["named"] += 1
                    assert all(each.where == "database" for each in found)
                    assert log.verify().findings == (), "what was named is made anew before the next answer"
                hold_against(log, self.plan, self.acknowledged, threads=len(self.plan))
                return self._mended(log.mended)
        except LogsDisagree:
            return "shown"

    def _mended(self, words):
        if not words:
            return "intact"
        if "moved to quarantine" not in words[0]:
            return "completed"
        kept = list((self.folder / "quarantine").glob(f"database-*/{DATABASE}"))
        assert kept, "what was set aside is not there"
        return "made anew"


def flipped(content, chance):
    """Change one bit."""
    changed, bit = bytearray(content), chance.randrange(8 * len(content))
    changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)


def zeroed(content, start):
    return content[:start] + bytes(len(content[start : start + PAGE])) + content[start + PAGE :]


@pytest.fixture
def killed(fast_path):
    """A company whose last three appends stand in the write-ahead log alone."""
    company, plan = fast_path / "acme", Notes("life", (1, 2, 1))
    opened(company, **BARE).close()
    life = one_life(company, plan, crash=KillAt("after database", 3), options=BARE)
    return Damaged(company, plan, life.acknowledged)


@pytest.fixture
def closed(fast_path):
    """A company of several hundred events, closed: everything stands in the database file."""
    company, plan = fast_path / "acme", Notes("life", (1, 300, 2, 40), (150,))
    with opened(company, **BARE) as log:
        acknowledged = {n: append(log, *plan[n]).positions for n in range(len(plan))}
    return Damaged(company, plan, acknowledged)


class TestTheWriteAheadLog:
    @pytest.fixture
    def ahead(self, killed):
        return killed.files[Path(AHEAD)]

    def test_may_be_missing_or_of_another_company(self, killed, fast_path):
        other = fast_path / "other"
        opened(other, **BARE).close()
        one_life(other, killed.plan, crash=KillAt("after database", 3), options=BARE)
        assert killed.opened_with() == "completed"  # the last append was still waiting to go in
        assert killed.opened_with(**{AHEAD: None}) == "completed"
        assert killed.opened_with(**{AHEAD: (other / AHEAD).read_bytes()}) in {"completed", "made anew"}

    @pytest.mark.parametrize("more", [".checkpoint", ".recovery"])
    @pytest.mark.parametrize("what", ["the same", "a half", "nothing", "something else"])
    def test_may_have_left_files_of_a_checkpoint_behind(self, killed, ahead, more, what):
        left = {
            "the same": ahead,
            "a half": ahead[: len(ahead) // 2],
            "nothing": b"",
            "something else": b"?" * 999,
        }
        killed.opened_with(**{f"{AHEAD}{more}": left[what]})
        killed.opened_with(**{AHEAD: None, f"{AHEAD}{more}": left[what]})
        assert not killed.happened["shown"]

    def test_with_a_flipped_bit_loses_nothing(self, killed, ahead):
        flips(killed, AHEAD, ahead, 15, QUICK_SEED)

    def test_cut_anywhere_loses_nothing(self, killed, ahead):
        cuts(killed, AHEAD, ahead, range(0, len(ahead), len(ahead) // 15))

    @pytest.mark.soak
    def test_d4_cut_at_every_length(self, killed, ahead, told):
        cuts(killed, AHEAD, ahead, range(len(ahead)))
        told(f"{len(ahead)} lengths", dict(killed.happened))
        assert killed.happened["completed"] > len(ahead) / 2

    @pytest.mark.soak
    def test_d4_with_a_thousand_flipped_bits(self, killed, ahead, told, fresh_seed):
        flips(killed, AHEAD, ahead, 1000, fresh_seed)
        for start in range(0, len(ahead), 64):
            killed.opened_with(**{AHEAD: zeroed(ahead, start)})
        told(dict(killed.happened))
        assert not killed.happened["shown"]
        assert killed.happened["made anew"] >= 500


class TestTheDatabaseFile:
    @pytest.fixture
    def whole(self, closed):
        return closed.files[Path(DATABASE)]

    def test_with_a_flipped_bit_is_right_or_made_anew(self, closed, whole):
        flips(closed, DATABASE, whole, 15, QUICK_SEED)

    def test_a_block_that_opening_does_not_read_is_named(self, folder):
        with opened(folder) as log:
            append(log, *(note("a", str(n) * 60) for n in range(6_000)))
        whole, chance = (folder / DATABASE).read_bytes(), random.Random(QUICK_SEED)
        found = ()
        while not any("it can't be read from here on" in each.what for each in found):
            (folder / DATABASE).write_bytes(flipped(whole, chance))
            found = verify_folder(folder).findings
        with opened(folder) as log:
            assert log.mended == ()
            assert log.verify().findings == found
            assert log.verify().findings == ()
            assert log.mended[0].startswith("the database could not be read")

    @pytest.mark.soak
    def test_d5_flipped_cut_and_zeroed(self, closed, whole, told, fresh_seed):
        chance = random.Random(fresh_seed)
        flips(closed, DATABASE, whole, 500, fresh_seed)
        cuts(closed, DATABASE, whole, [chance.randrange(len(whole)) for _ in range(100)])
        for start in range(0, len(whole), PAGE):
            closed.opened_with(**{DATABASE: zeroed(whole, start)})
        told(dict(closed.happened))
        assert not closed.happened["shown"]
        assert closed.happened["made anew"] >= 100

    @pytest.mark.soak
    def test_d5_a_hundred_thousand_events_are_recovered(self, folder, told):
        with opened(folder) as log:
            for start in range(0, EVENTS_TO_RECOVER, 10_000):
                append(
                    log,
                    *(note(f"s{n % 500}", f"event {n} " + "x" * 60) for n in range(start, start + 10_000)),
                )
            head = log.tail
        taken_s = []
        for _ in range(3):
            (folder / DATABASE).write_bytes(b"no database" * 1000)
            started = time.perf_counter()
            with opened(folder) as log:
                taken_s.append(round(time.perf_counter() - started, 2))
                assert log.tail == head
                assert log.query("SELECT sum(events) FROM note").rows == [(EVENTS_TO_RECOVER,)]
        started = time.perf_counter()
        with opened(folder) as log:
            verified = log.verify()
        told(f"recovered in {taken_s} s, opened and verified in {time.perf_counter() - started:.2f} s")
        assert (verified.events, verified.head, verified.findings) == (EVENTS_TO_RECOVER, head.chain_hash, ())
        assert min(taken_s) < RECOVERY_S


def flips(damaged, name, content, count, seed):
    chance = random.Random(seed)
    for _ in range(count):
        damaged.opened_with(**{name: flipped(content, chance)})
    assert sum(damaged.happened.values()) >= count


def cuts(damaged, name, content, lengths):
    for length in lengths:
        damaged.opened_with(**{name: content[:length]})
    assert not damaged.happened["shown"]
