"""The folder's lock: one holder, named to whoever comes second."""

import os

import pytest

from opc_kernel.log.errors import CompanyBusy
from opc_kernel.log.files import write_fully, write_whole
from opc_kernel.log.lock import FolderLock
from opc_kernel.testing import FaultyDisk


def test_a_second_holder_is_refused_and_told_who_holds_it(tmp_path):
    with (
        FolderLock(tmp_path, wait_s=0.0),
        pytest.raises(CompanyBusy, match=r"process \d+ on .*, since \d{4}-") as busy,
    ):
        FolderLock(tmp_path, wait_s=0.0)
    assert busy.value.todo.startswith("Wait until it ends")


def test_the_next_one_gets_it(tmp_path):
    for _ in range(2):
        with FolderLock(tmp_path, wait_s=0.0):
            pass


def test_a_lock_file_a_killed_holder_left_is_no_hindrance(tmp_path):
    (tmp_path / ".lock").write_text('{"pid": 4711, "host": "elsewhere"}')
    with FolderLock(tmp_path, wait_s=0.0):
        pass


def test_a_holder_that_left_no_name_is_another_program(tmp_path):
    with FolderLock(tmp_path, wait_s=0.0):
        (tmp_path / ".lock").write_text("not json")
        with pytest.raises(CompanyBusy, match="in use by another program"):
            FolderLock(tmp_path, wait_s=0.0)


@pytest.mark.parametrize("call", ["ftruncate", "pwrite"])
def test_a_full_disk_neither_keeps_the_owner_out_nor_the_folder_locked(tmp_path, call):
    with FaultyDisk(tmp_path) as disk:
        disk.fail(call)
        for _ in range(2):
            with (
                FolderLock(tmp_path, wait_s=0.0),
                pytest.raises(CompanyBusy, match="in use by another program"),
            ):
                FolderLock(tmp_path, wait_s=0.0)
        assert disk.failed


@pytest.mark.parametrize("call", ["open", "write", "fsync", "replace"])
def test_a_file_is_written_whole_or_not_at_all(tmp_path, call):
    path = tmp_path / "settings"
    write_whole(path, b"old")
    with FaultyDisk(tmp_path) as disk:
        disk.fail(call)
        with pytest.raises(OSError, match="No space"):
            write_whole(path, b"new")
    assert path.read_bytes() == b"old"
    assert [each.name for each in tmp_path.iterdir()] == ["settings"]
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_write_that_takes_only_a_part_goes_on(tmp_path, monkeypatch):
    write = os.write
    monkeypatch.setattr("opc_kernel.log.files.os.write", lambda file, content: write(file, content[:3]))
    with (tmp_path / "out").open("wb") as file:
        write_fully(file.fileno(), b"ten bytes.")
    assert (tmp_path / "out").read_bytes() == b"ten bytes."
