"""Restoring makes a company of a backup, whole or not at all, and holds its effects until the operator speaks."""

import json
import shutil

import pytest
from log_examples import append, note, opened, texts

from opc_kernel.backup.backup import backup
from opc_kernel.backup.restore import RestoreRefused, restore
from opc_kernel.backup.store import BackupDamaged, NotABackup
from opc_kernel.log.errors import Displaced
from opc_kernel.log.place import copied, moved, require_place


@pytest.fixture
def made(folder, tmp_path):
    """Return a backup of a company with two events and a paper."""
    with opened(folder) as log:
        (folder / "raw").mkdir()
        (folder / "raw" / "abc").write_bytes(b"mail")
        append(log, note("a", "one"))
        append(log, note("a", "two"))
        return backup(log, folder, tmp_path / "backup", beside=["raw"], opener=opened)


@pytest.fixture
def again(made, tmp_path):
    return restore(made.folder, tmp_path / "again", opener=opened)


def test_a_restored_company_ends_where_its_backup_ended(made, again):
    assert (again.position, again.head) == (made.position, made.head)
    with opened(again.folder) as log:
        assert len(texts(log)) == 2
        assert log.verify().findings == ()
    assert (again.folder / "raw" / "abc").read_bytes() == b"mail"
    assert all(path.stat().st_mode & 0o077 == 0 for path in again.folder.rglob("*") if path.is_dir())


def test_nothing_leaves_it_until_the_operator_speaks(again):
    assert "restored" in again.displaced
    with opened(again.folder) as log, pytest.raises(Displaced, match="restored") as held:
        require_place(log)
    assert "--moved" in held.value.todo
    assert "--copied" in held.value.todo


def test_one_without_events_is_held_as_well(folder, tmp_path):
    with opened(folder) as log:
        backup(log, folder, tmp_path / "backup", beside=[], opener=opened, quick=True)
    assert restore(tmp_path / "backup", tmp_path / "again", opener=opened).displaced is not None


def test_one_that_takes_the_place_of_the_lost_one_keeps_its_id(again, folder):
    with opened(folder) as log:
        first = log.company_id
    assert moved(again.folder) == first
    with opened(again.folder) as log:
        require_place(log)
        assert log.company_id == first


def test_one_that_lives_beside_the_first_gets_an_id_of_its_own(again, folder, tmp_path):
    with opened(folder) as log:
        first = log.company_id
    second = copied(again.folder)
    with opened(again.folder) as log:
        require_place(log)
        assert log.company_id == second != first
        append(log, note("a", "three"))
        assert log.verify().findings == ()


def test_restoring_twice_is_refused(made, again):
    with pytest.raises(RestoreRefused, match="exists already"):
        restore(made.folder, again.folder, opener=opened)


def test_a_backup_can_be_restored_as_often_as_one_likes(made, again, tmp_path):
    assert restore(made.folder, tmp_path / "once-more", opener=opened).head == again.head


def changed(made, **fields):
    path = made.folder / "backup.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **fields}))


DAMAGES = {
    "a missing piece": (lambda made: (made.folder / "files/raw/abc").unlink(), "raw/abc .* is missing"),
    "a flipped byte": (
        lambda made: (made.folder / "files/raw/abc").write_bytes(b"mbil"),
        "its bytes are other ones",
    ),
    "a cut journal": (
        lambda made: (made.folder / "files/journal/000000000001.jsonl").write_bytes(b"{}"),
        "its bytes are other ones",
    ),
    "another head": (lambda made: changed(made, head="0" * 64), "it ends at position 2"),
    "a cut manifest": (lambda made: (made.folder / "backup.json").write_text("{"), "it can't be read"),
    "a way out": (
        lambda made: changed(
            made,
            files=[{"name": "../../outside", "mtime_ns": 0, "pieces": []}],
        ),
        "outside the company's folder",
    ),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_backup_that_is_not_what_was_written_makes_no_company(made, tmp_path, damage):
    spoil, reason = DAMAGES[damage]
    spoil(made)
    with pytest.raises(BackupDamaged, match=reason):
        restore(made.folder, tmp_path / "again", opener=opened)
    assert not (tmp_path / "again").exists()


def test_what_is_no_backup_is_told(made, folder, tmp_path):
    changed(made, backup=2)
    for source, reason in (
        (folder, "it has no backup.json"),
        (tmp_path / "nowhere", "it has no backup.json"),
        (made.folder, "made by a later release"),
    ):
        with pytest.raises(NotABackup, match=reason):
            restore(source, tmp_path / "again", opener=opened)


def test_what_a_broken_off_restore_left_is_replaced(made, tmp_path):
    (tmp_path / "again.unfinished" / "rest").mkdir(parents=True)
    assert restore(made.folder, tmp_path / "again", opener=opened).position == 2
    assert not (tmp_path / "again.unfinished").exists()


def test_a_backup_that_was_carried_elsewhere_restores_as_well(made, tmp_path):
    shutil.move(made.folder, tmp_path / "carried")
    assert restore(tmp_path / "carried", tmp_path / "again", opener=opened).position == 2
