"""The file itself: opened elsewhere, damaged, copied, put back, killed in the middle; the last good state stays."""

import os
import random
import shutil
import signal
import time
from datetime import UTC, date, datetime

import openpyxl
import pytest
from sheet_examples import SCHEMA, proposal, question
from sheet_worlds import ExcelWorld

from sheets_sync.errors import ReadBackDiffers, WorkbookBroken, WorkbookChanged, WorkbookHeld
from sheets_sync.excel import ExcelWorkbook, archive, book

KILLS, SOAK_KILLS = 30, 1_000


@pytest.fixture
def world(tmp_path):
    world = ExcelWorld(proposal(1), proposal(2), question(3, "Business", "Private"), folder=tmp_path)
    world.sync()
    return world


# opened elsewhere


@pytest.mark.parametrize("lock", ["~$approvals.xlsx", ".~lock.approvals.xlsx#"])
def test_a_lock_file_of_a_desktop_program_holds_the_workbook(world, lock):
    world.path.with_name(lock).touch()
    sheet = world.workbook.read(SCHEMA)

    assert lock in sheet.held
    with pytest.raises(WorkbookHeld):
        world.workbook.write(SCHEMA, sheet, [proposal(4)], {})


def lock_of_excel(world, *, name=b"Ada"):
    lock = world.path.with_name(f"~${world.path.name}")
    lock.write_bytes(bytes([len(name)]) + name.ljust(54) + bytes(110))
    return lock


def lock_of_libreoffice(world):
    lock = world.path.with_name(f".~lock.{world.path.name}#")
    lock.write_text("Ada Lovelace,ada,laptop,01.05.2026 09:12,file:///home/ada/.config/libreoffice/4;")
    return lock


def test_a_lock_names_who_since_when_and_what_to_do(world):
    noon = datetime(2026, 5, 1, 12, tzinfo=UTC)
    lock = lock_of_excel(world, name=b"J\xfcrgen")
    os.utime(lock, (noon.timestamp(), noon.timestamp()))

    held = world.workbook.read(SCHEMA).held

    assert held.startswith(f"it is open in Excel by Jürgen since {noon.astimezone():%Y-%m-%d %H:%M}")
    assert "delete ~$approvals.xlsx" in held
    lock.unlink()
    lock_of_libreoffice(world)
    assert "open in LibreOffice by Ada Lovelace since" in world.workbook.read(SCHEMA).held


@pytest.mark.parametrize("content", [b"", b"\x00", b"\x03\x00\x01\x02"])
def test_a_lock_without_a_name_holds_all_the_same(world, content):
    world.path.with_name("~$approvals.xlsx").write_bytes(content)

    assert world.workbook.read(SCHEMA).held.startswith("it is open in Excel since")


def test_a_program_that_opens_it_during_the_save_finds_it_as_it_was(world, monkeypatch):
    before, write = world.path.read_bytes(), type(world.workbook._file)._write_synced

    def somebody_opens(self, fresh, content):
        write(self, fresh, content)
        lock_of_excel(world)

    monkeypatch.setattr(type(world.workbook._file), "_write_synced", somebody_opens)
    with pytest.raises(WorkbookHeld):
        world.workbook.write(SCHEMA, world.workbook.read(SCHEMA), [proposal(4)], {})
    assert world.path.read_bytes() == before


# saved by others meanwhile


def test_a_file_saved_between_read_and_write_is_read_again(world):
    read, saves = world.workbook.read, []

    def read_then_somebody_saves(schema, **named):
        sheet = read(schema, **named)
        if not saves:
            saves.append(1)
            world.enter("proposal/2", "reject")
        return sheet

    world.workbook.read = read_then_somebody_saves
    world.enter("proposal/1", "approve")
    report = world.sync()

    assert world.words() == [("proposal/1", "approve"), ("proposal/2", "reject")]
    assert [decision.key for decision in report.decisions] == ["proposal/1", "proposal/2"]
    assert world.line("proposal/2")["decision"] == "reject"


def test_a_file_that_never_rests_is_given_up(world):
    def somebody_saves():
        world.path.write_bytes(world.path.read_bytes() + b" ")

    with pytest.raises(WorkbookChanged):
        ExcelWorkbook(world.path, wait=somebody_saves).read(SCHEMA)


def test_what_does_not_read_back_is_not_put_in_place(world, monkeypatch):
    before = world.path.read_bytes()
    monkeypatch.setattr("sheets_sync.excel.book.put", lambda cell, value: None)

    with pytest.raises(ReadBackDiffers):
        world.workbook.write(SCHEMA, world.workbook.read(SCHEMA), [proposal(4)], {2: "new"})
    assert world.path.read_bytes() == before


@pytest.mark.parametrize(
    "where", [("Queue", "C2"), ("Queue", "E2"), ("Queue", "F2"), ("How this works", "A3")]
)
def test_what_another_reader_finds_different_is_not_put_in_place(world, monkeypatch, where):
    sheet, address = where
    before, saved = world.path.read_bytes(), book.saved

    def spoilt(ours):
        (cell,) = ours.workbook[sheet][f"{address}:{address}"][0]
        meant, cell.value = cell.value, date(2020, 1, 1) if address == "F2" else 7
        content, cell.value = saved(ours), meant
        return content

    monkeypatch.setattr(book, "saved", spoilt)
    world.queue.put(proposal(4))
    with pytest.raises(ReadBackDiffers, match=f"the cell {address} of {sheet}"):
        world.sync()
    assert world.path.read_bytes() == before


def test_the_mode_of_the_file_stays_and_a_new_one_is_private(world):
    assert world.path.stat().st_mode & 0o777 == 0o600
    world.path.chmod(0o640)
    world.queue.put(proposal(4))
    world.sync()

    assert world.path.stat().st_mode & 0o777 == 0o640
    assert [path.name for path in world.path.parent.iterdir()] == ["approvals.xlsx"]


def test_a_linked_file_is_replaced_where_it_lies(world, tmp_path):
    link = tmp_path / "link.xlsx"
    link.symlink_to(world.path)
    workbook = ExcelWorkbook(link)

    workbook.write(SCHEMA, workbook.read(SCHEMA), [proposal(4)], {})

    assert link.is_symlink()
    assert len(world.workbook.read(SCHEMA).rows) == 4


# copies beside it

COPIES = [
    "approvals (1).xlsx",
    "approvals-PC.xlsx",
    "approvals-DESKTOP-7A2B.xlsx",
    "approvals 2.xlsx",
    "approvals - Copy.xlsx",
    "Copy of approvals.xlsx",
    "approvals (Ada's conflicted copy 2026-05-01).xlsx",
    "approvals (conflicted copy 2026-05-01 091200).xlsx",
    "approvals_conflict-20260501-091200.xlsx",
    "approvals.sync-conflict-20260501-091200-ABCDEFG.xlsx",
    "approvals (SFConflict ada@example.com 2026-05-01-09-12-00).xlsx",
    "approvals.xlsx.conflict1",
    "[Conflict] Approvals.XLSX",
]


@pytest.mark.parametrize("name", COPIES)
def test_a_copy_beside_it_is_told_and_not_merged(world, name):
    copy = world.path.with_name(name)
    shutil.copy(world.path, copy)
    other = ExcelWorld(folder=world.path.parent)
    other.path = copy
    if copy.suffix.lower() == ".xlsx":
        other.enter("proposal/1", "reject")
    before = copy.read_bytes()

    report = world.sync()

    assert f"a copy of it: “{name}”" in str(report)
    assert "move the copy" in str(report)
    assert not world.words()
    assert copy.read_bytes() == before


def test_a_copy_that_cannot_be_looked_into_is_told_too(world):
    world.path.with_name("approvals (1).xlsx").write_bytes(b"PK\x03\x04 half")

    assert "approvals (1).xlsx" in str(world.sync())


def test_many_copies_are_counted(world):
    for number in range(7):
        shutil.copy(world.path, world.path.with_name(f"approvals ({number}).xlsx"))

    assert "“approvals (4).xlsx” and 2 more" in str(world.sync())


def test_workbooks_of_other_kinds_are_nobodys_copy(world):
    other = openpyxl.Workbook()
    for name in ("approvals-2026.xlsx", "approvalsheet.xlsx", "my-approvals.xlsx", "other.xlsx"):
        other.save(world.path.with_name(name))
    shutil.copy(world.path, world.path.with_name("disapprovals.xlsx"))
    world.path.with_name("approvals.txt").write_text("x")
    world.path.with_name("approvals (folder).xlsx").mkdir()

    assert not world.sync().notes


# damaged, put back, touched


def test_truncated_and_empty_files_are_an_error_and_never_written_over(world):
    whole = world.path.read_bytes()
    for size in range(0, len(whole) - 1, 97):
        world.path.write_bytes(whole[:size])
        with pytest.raises(WorkbookBroken):
            world.workbook.read(SCHEMA)
        assert world.path.read_bytes() == whole[:size]


def test_flipped_bits_are_an_error_or_harmless(world):
    whole, chance = world.path.read_bytes(), random.Random(7)
    rows = world.workbook.read(SCHEMA).rows
    for _ in range(300):
        flipped = bytearray(whole)
        flipped[chance.randrange(len(whole))] ^= 1 << chance.randrange(8)
        world.path.write_bytes(flipped)
        try:
            assert world.workbook.read(SCHEMA).rows == rows
        except WorkbookBroken:
            continue


def test_an_encrypted_file_is_named_as_such(world):
    world.path.write_bytes(archive.OLE + bytes(4096))

    with pytest.raises(WorkbookBroken, match="encrypted"):
        world.workbook.read(SCHEMA)


def test_a_damaged_file_stops_nothing_once_it_is_whole_again(world):
    world.enter("proposal/1", "approve")
    whole = world.path.read_bytes()
    world.path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(WorkbookBroken, match="Restore an older copy"):
        world.sync()

    world.path.write_bytes(whole)
    world.sync()

    assert world.words() == [("proposal/1", "approve")]


def test_another_time_on_the_same_content_is_no_change(world):
    os.utime(world.path, (0, 0))

    assert world.workbook.read(SCHEMA, unless=world.base.base.revision) is None


def test_the_same_time_on_another_content_is_a_change(world):
    before = world.path.stat()
    world.enter("proposal/1", "approve")
    os.utime(world.path, ns=(before.st_atime_ns, before.st_mtime_ns))

    world.sync()

    assert world.words() == [("proposal/1", "approve")]


def test_an_older_file_put_back_is_completed_and_takes_nothing_twice(world):
    world.enter("proposal/1", "approve")
    older = world.path.read_bytes()
    world.sync()
    world.queue.put(proposal(4))
    world.sync()
    world.path.write_bytes(older)

    report = world.sync()

    assert world.words() == [("proposal/1", "approve")]
    assert (report.added, report.updated, report.conflicts) == (1, 1, ())
    assert world.line("proposal/1")["Status"] == "settled (approve)"


def test_a_deleted_file_is_made_anew(world):
    world.enter("proposal/1", "approve")
    world.sync()
    world.path.unlink()

    assert world.sync().added == 2
    assert world.keys() == ["proposal/2", "question/3"]


# killed


def test_killed_while_saving_the_file_is_the_old_or_the_new_one(world):
    kill_while_saving(world, KILLS, random.Random(7))


@pytest.mark.soak
def test_h3_killed_a_thousand_times_the_file_is_the_old_or_the_new_one(world, fresh_seed, told):
    news = kill_while_saving(world, SOAK_KILLS, random.Random(fresh_seed))
    told(f"{SOAK_KILLS} kills during a save, {news} of them after at least one; 0 broken")


def kill_while_saving(world, times, chance):
    """Return after how many kills at least one save was through."""
    start, news = world.path.read_bytes(), 0
    before = world.workbook.read(SCHEMA).rows
    for _ in range(times):
        world.path.write_bytes(start)
        child = os.fork()
        if child == 0:
            _save_for_ever(world.workbook)
        time.sleep(0.01 + chance.random() * 0.12)  # a moment for the kill to hit somewhere in a save
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)

        after = world.workbook.read(SCHEMA).rows
        assert after[: len(before)] == before
        added = [row.key for row in after[len(before) :]]
        assert added == [f"proposal/{number}" for number in range(len(added))]
        news += bool(added)
    return news


def _save_for_ever(workbook):
    try:
        for number in range(1_000):
            workbook.write(SCHEMA, workbook.read(SCHEMA), [proposal(number, cells={})], {})
    finally:
        os._exit(1)
