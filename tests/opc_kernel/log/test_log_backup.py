"""A backup is a company folder of its own, made while appends go on."""

import threading

import pytest
from log_examples import append, note, opened, segment, texts

from opc_kernel.log import journal as journal_module
from opc_kernel.log.backup import BackupRefused, backup
from opc_kernel.log.errors import JournalDamaged


def test_a_backup_opens_as_a_company_with_the_same_head(durable, folder, tmp_path):
    append(durable, note("a", "one"), note("a", "two"))
    made = backup(durable, folder, tmp_path / "copy", beside=[])
    assert (made.position, made.head) == (2, durable.tail.chain_hash)
    with opened(made.folder) as copy:
        assert copy.tail == durable.tail
        assert texts(copy) == texts(durable)
        assert copy.verify().findings == ()


def test_appends_go_on_meanwhile(durable, folder, tmp_path, monkeypatch):
    monkeypatch.setattr(journal_module, "SEGMENT_BYTES", 4000)
    append(durable, note("a", "before"))
    stop = threading.Event()

    def write():
        while not stop.is_set():
            append(durable, note("a", "meanwhile"), note("b", "meanwhile"))

    writer = threading.Thread(target=write)
    writer.start()
    try:
        made = [backup(durable, folder, tmp_path / f"copy-{n}", beside=[]) for n in range(4)]
    finally:
        stop.set()
        writer.join()
    hashes = {event.position: event.chain_hash for event in durable.read()}
    for one in made:
        assert one.head == hashes[one.position]
        with opened(one.folder) as copy:
            assert copy.tail.chain_hash == one.head
    assert made[0].position < made[-1].position < durable.tail.position + 1


def test_what_lies_beside_comes_along(durable, folder, tmp_path):
    (folder / "workbench.toml").write_text("zone = 'Europe/Zurich'")
    (folder / "raw").mkdir()
    (folder / "raw" / "abc").write_bytes(b"mail")
    append(durable, note("a"))
    made = backup(durable, folder, tmp_path / "copy", beside=["workbench.toml", "raw", "sheets"])
    assert (made.folder / "workbench.toml").read_text() == "zone = 'Europe/Zurich'"
    assert (made.folder / "raw" / "abc").read_bytes() == b"mail"
    assert sorted(path.name for path in made.folder.iterdir()) == ["journal", "raw", "workbench.toml"]
    assert made.folder.stat().st_mode & 0o777 == 0o700


def test_a_target_inside_the_company_or_in_use_is_refused(durable, folder, tmp_path):
    (tmp_path / "taken").mkdir()
    for target in (folder / "copy", folder, tmp_path / "taken"):
        with pytest.raises(BackupRefused):
            backup(durable, folder, target, beside=[])


@pytest.mark.parametrize(
    ("old", "new"), [(b'"one"', b'"eno"'), (b'"two"', b'"owt"')], ids=["middle", "last append"]
)
def test_a_damaged_journal_is_not_passed_on(durable, folder, tmp_path, old, new):
    append(durable, note("a", "one"))
    append(durable, note("a", "two"))
    segment(folder).write_bytes(segment(folder).read_bytes().replace(old, new))
    with pytest.raises(JournalDamaged):
        backup(durable, folder, tmp_path / "copy", beside=[])
    assert not (tmp_path / "copy").exists()


def test_what_a_broken_off_backup_left_is_replaced(durable, folder, tmp_path):
    append(durable, note("a"))
    (tmp_path / "copy.unfinished").mkdir()
    (tmp_path / "copy.unfinished" / "rest").touch()
    made = backup(durable, folder, tmp_path / "copy", beside=[])
    assert [path.name for path in made.folder.iterdir()] == ["journal"]
