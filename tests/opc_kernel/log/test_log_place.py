"""A company knows where it was last used: moved, copied, read-only and foreign folders each have their answer."""

import errno
import json
import os
import shutil
import subprocess

import pytest
from log_examples import append, note, opened, segment, texts

from opc_kernel.log import files as files_module
from opc_kernel.log import ground, place
from opc_kernel.log.errors import CompanyTooNew, DiskFailed, Displaced, FolderReadOnly
from opc_kernel.log.journal import read_segments
from opc_kernel.log.lock import FolderLock
from opc_kernel.log.verify import verify_folder


@pytest.fixture
def company(folder):
    with opened(folder) as log:
        append(log, note("a", "one"))
    return folder


def displaced(folder):
    with opened(folder) as log:
        return log.displaced


class TestACompany:
    def test_that_stays_where_it_is_may_act(self, company):
        with opened(company) as log:
            place.require_place(log)
            assert log.displaced is None

    def test_that_is_renamed_on_its_disk_may_act(self, company, tmp_path):
        company.rename(tmp_path / "renamed")
        assert displaced(tmp_path / "renamed") is None

    def test_that_was_copied_works_and_may_not_act(self, company, tmp_path):
        shutil.copytree(company, tmp_path / "copy")
        with opened(tmp_path / "copy") as log:
            append(log, note("a", "two"))
            assert len(texts(log)) == 2
            with pytest.raises(Displaced, match="it was copied, or moved from another disk"):
                place.require_place(log)
        assert displaced(tmp_path / "copy") is not None, "opening it is no answer"
        assert displaced(company) is None

    def test_on_another_machine_may_not_act(self, company, monkeypatch):
        monkeypatch.setattr(place, "machine_id", lambda: "another")
        assert "another machine" in displaced(company)

    @pytest.mark.parametrize("content", [None, b"", b"not json", b"[]", b"\xff"])
    def test_whose_note_is_lost_may_not_act(self, company, content):
        (company / ".place").unlink()
        if content is not None:
            (company / ".place").write_bytes(content)
        assert "does not say where" in displaced(company)

    def test_says_nothing_of_its_machine_to_others(self, company):
        assert place.machine_id() not in (company / ".place").read_text()


class TestTheOperatorSays:
    def test_moved_and_it_may_act_again(self, company, tmp_path):
        shutil.copytree(company, tmp_path / "copy")
        shutil.rmtree(company)
        place.moved(tmp_path / "copy")
        assert displaced(tmp_path / "copy") is None

    def test_copied_and_it_goes_on_under_its_own_id(self, company, tmp_path):
        copy = shutil.copytree(company, tmp_path / "copy")
        second = place.copied(copy)
        with opened(copy) as log:
            assert log.company_id == second
            assert log.displaced is None
            append(log, note("a", "two"))
            assert log.verify().findings == ()
        with opened(company) as log:
            assert log.company_id != second
        assert [each.header.company == second for each in read_segments(copy / "journal")] == [False, True]

    def test_copied_twice_and_the_empty_segment_is_written_anew(self, company):
        place.copied(company)
        second = place.copied(company)
        assert len(read_segments(company / "journal")) == 2
        with opened(company) as log:
            assert log.company_id == second
            assert append(log, note("a", "two")).positions == (2,)
        with opened(company) as log:
            assert log.verify().findings == ()

    def test_copied_of_a_company_without_events(self, folder):
        with opened(folder) as log:
            first = log.company_id
        second = place.copied(folder)
        assert len(read_segments(folder / "journal")) == 1
        with opened(folder) as log:
            assert log.company_id == second != first
            assert log.displaced is None

    def test_copied_after_an_append_that_was_torn(self, company):
        with segment(company).open("ab") as journal:
            journal.write(b'{"position":2,')
        place.copied(company)
        with opened(company) as log:
            assert append(log, note("a", "two")).positions == (2,)
            assert log.verify().findings == ()
        assert list((company / "quarantine").iterdir())

    def test_copied_and_a_crash_before_its_note_leaves_it_a_copy(self, company, monkeypatch):
        def crash(*_):
            raise KeyboardInterrupt

        with monkeypatch.context() as crashing:
            crashing.setattr(place, "settle", crash)
            with pytest.raises(KeyboardInterrupt):
                place.copied(company)
        assert "under another id" in displaced(company)


class TestAReleaseThatIsOlder:
    def test_does_not_own_the_company_and_changes_nothing(self, company):
        note_of_place = json.loads((company / ".place").read_text())
        (company / ".place").write_text(json.dumps({**note_of_place, "schema": 99, "release": "9.9"}))
        before = {path: path.read_bytes() for path in company.rglob("*") if path.is_file()}
        for attempt in (opened, place.copied, place.moved):
            with pytest.raises(CompanyTooNew, match=r"A later release \(9\.9\) .* number 99") as refusal:
                attempt(company)
            assert refusal.value.todo.startswith("Update the workbench")
        after = {path: path.read_bytes() for path in company.rglob("*") if path.is_file()}
        assert {path for path in before if before[path] != after[path]} <= {company / ".lock"}

    def test_is_followed_by_a_newer_one_that_notes_itself(self, company, tmp_path, monkeypatch):
        copy = shutil.copytree(company, tmp_path / "copy")
        for folder in (company, copy):
            before = json.loads((folder / ".place").read_text())
            (folder / ".place").write_text(json.dumps({**before, "schema": 0}))
        assert displaced(company) is None
        assert displaced(copy) is not None
        for folder in (company, copy):
            assert json.loads((folder / ".place").read_text())["schema"] == 1


class TestAMachine:
    def test_has_the_systems_id(self, tmp_path, monkeypatch):
        (tmp_path / "id").write_text("0123456789abcdef0123456789abcdef\n")
        monkeypatch.setattr(place, "MACHINE_IDS", (tmp_path / "none", tmp_path / "id"))
        assert place.machine_id.__wrapped__() == "0123456789abcdef0123456789abcdef"

    @pytest.mark.parametrize("said", ["", "uninitialized\n", None])
    def test_without_one_keeps_a_random_one_for_its_user(self, tmp_path, monkeypatch, said):
        monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "configuration"))
        monkeypatch.setattr(place, "MACHINE_IDS", (tmp_path / "id",))
        if said is not None:
            (tmp_path / "id").write_text(said)
        first = place.machine_id.__wrapped__()
        assert len(first) == 26
        assert place.machine_id.__wrapped__() == first
        assert (tmp_path / "configuration/workbench/machine-id").stat().st_mode & 0o077 == 0


@pytest.fixture
def read_only(company, tmp_path):
    """Make the company read-only in earnest: for root by a mount, for others by its mode."""
    if os.geteuid() != 0:
        company.chmod(0o500)
        yield company
        company.chmod(0o700)
        return
    there = tmp_path / "read-only"
    there.mkdir()
    commands = (
        ["mount", "--bind", str(company), str(there)],
        ["mount", "-o", "remount,bind,ro", str(there)],
    )
    if any(subprocess.run(each, capture_output=True, check=False).returncode for each in commands):
        subprocess.run(["umount", str(there)], capture_output=True, check=False)
        pytest.skip("this machine lets nobody mount")
    yield there
    subprocess.run(["umount", str(there)], check=True)


class TestTheDisk:
    def test_that_is_read_only_is_told_as_such(self, read_only):
        (read_only / ".place").read_bytes()
        with pytest.raises(FolderReadOnly, match=f"{read_only.name} can't be written") as refusal:
            opened(read_only)
        assert "copy it to a place that is" in refusal.value.todo

    def test_that_is_read_only_can_still_be_verified(self, read_only):
        assert verify_folder(read_only).events == 1

    @pytest.mark.parametrize("number", [errno.EROFS, errno.EACCES, errno.EPERM])
    def test_that_refuses_the_lock_is_read_only(self, company, monkeypatch, number):
        monkeypatch.setattr("opc_kernel.log.lock.os.open", failing(OSError(number, os.strerror(number))))
        with pytest.raises(FolderReadOnly, match=os.strerror(number)):
            FolderLock(company)

    def test_that_fails_at_the_lock_is_told_with_its_file(self, company, monkeypatch):
        monkeypatch.setattr("opc_kernel.log.lock.os.open", failing(IO_ERROR))
        with pytest.raises(DiskFailed, match=r"The disk failed at .*\.lock: Input/output error"):
            FolderLock(company)

    def test_that_fails_at_the_journal_is_told_with_its_file(self, company, monkeypatch):
        monkeypatch.setattr("opc_kernel.log.journal.read_segments", failing(IO_ERROR))
        with pytest.raises(DiskFailed, match=r"The disk failed at .*journal: Input/output error"):
            opened(company)

    def test_that_fails_in_the_middle_of_the_journal_is_an_error_and_no_signal(self, company, monkeypatch):
        monkeypatch.setattr("opc_kernel.log.journal._try_end", failing(IO_ERROR))
        with pytest.raises(DiskFailed, match=r"000000000001\.jsonl: Input/output error"):
            opened(company)

    def test_that_fails_while_the_journal_is_read_is_told(self, company, monkeypatch):
        with opened(company) as log:
            monkeypatch.setattr("opc_kernel.log.inspection._lines", failing(IO_ERROR))
            with pytest.raises(DiskFailed, match=r"000000000001\.jsonl: Input/output error"):
                log.verify()

    def test_that_fails_at_the_note_of_the_place_is_told(self, company, monkeypatch):
        monkeypatch.setattr("opc_kernel.log.place.lock_inode", failing(IO_ERROR))
        with pytest.raises(DiskFailed, match=r"\.place: Input/output error"):
            opened(company)

    def test_that_is_missing_the_folder_is_told(self, tmp_path):
        with pytest.raises(DiskFailed, match="No such file"):
            FolderLock(tmp_path / "nowhere")

    def test_that_can_not_sync_a_folder_is_no_hindrance(self, tmp_path, monkeypatch):
        monkeypatch.setattr(files_module.os, "fsync", failing(OSError(errno.EINVAL, "Invalid argument")))
        files_module.sync_folder(tmp_path)
        monkeypatch.setattr(files_module.os, "fsync", failing(IO_ERROR))
        with pytest.raises(OSError, match="Input/output"):
            files_module.sync_folder(tmp_path)


IO_ERROR = OSError(errno.EIO, "Input/output error")


def failing(error):
    def fail(*_, **__):
        raise error

    return fail


MOUNTINFO = r"""
22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
30 22 0:40 / /mnt/shop\040files rw,relatime shared:9 - cifs //nas/shop rw,vers=3.1.1
31 22 0:41 / /mnt/nfs ro,relatime - nfs4 nas:/export rw
32 22 0:42 / /home/me/remote rw,nosuid master:2 propagate_from:3 - fuse.sshfs me@host: rw
33 22 0:43 / /mnt/c rw - 9p drvfs rw
34 22 8:2 / /data rw - fuseblk /dev/sdb1 rw
35 22 8:3 / /mnt/nfs/local rw - ext4 /dev/sdc1 rw
""".strip().splitlines()
MOUNT = """
/dev/disk3s1s1 on / (apfs, sealed, local, read-only, journaled)
/dev/disk3s5 on /System/Volumes/Data (apfs, local, journaled, nobrowse)
//me@nas._smb._tcp.local/shop on /Volumes/shop (smbfs, nodev, nosuid, mounted by me)
""".strip().splitlines()


class TestTheGround:
    @pytest.mark.parametrize(
        ("path", "kind"),
        [
            ("/home/me/acme", None),
            ("/mnt/shop files/acme", "cifs"),
            ("/mnt/nfs/acme", "nfs4"),
            ("/mnt/nfs/local/acme", None),
            ("/home/me/remote", "fuse.sshfs"),
            ("/home/me/remoter", None),
            ("/mnt/c/Users/me", "9p"),
            ("/data/acme", None),
        ],
    )
    def test_on_linux_is_local_or_a_network(self, path, kind, monkeypatch):
        mounted = tuple(ground.parse_mountinfo(MOUNTINFO))
        monkeypatch.setattr(ground, "mounts", lambda: mounted)
        monkeypatch.setattr(ground, "synced_by", lambda _: None)
        found = ground.concerns(ground.Path(path))
        assert [concern.what.count(f"({kind})") for concern in found] == ([1] if kind else [])

    @pytest.mark.parametrize(("path", "kind"), [("/Volumes/shop/acme", "smbfs"), ("/Users/me", "apfs")])
    def test_on_macos_is_told_by_mount(self, path, kind):
        assert ground.mount_of(ground.Path(path), ground.parse_mount(MOUNT)).kind == kind

    def test_that_is_mounted_read_only_says_so(self):
        mounted = list(ground.parse_mountinfo(MOUNTINFO))
        assert [mount.read_only for mount in mounted].count(True) == 1
        assert ground.mount_of(ground.Path("/mnt/nfs/x"), mounted).read_only

    @pytest.mark.parametrize(
        ("folder", "mark", "program"),
        [
            ("Dropbox/acme", None, "Dropbox"),
            ("Dropbox (Personal)/acme", None, "Dropbox"),
            ("box/acme", "box/.dropbox", "Dropbox"),
            ("box/acme", "box/.dropbox.cache/", "Dropbox"),
            ("home/acme", "home/.dropbox/", None),
            ("OneDrive - Acme GmbH/acme", None, "OneDrive"),
            ("Google Drive/acme", None, "Google Drive"),
            ("Library/Mobile Documents/x/acme", None, "iCloud"),
            ("Library/CloudStorage/GoogleDrive-me@x/acme", None, "Google Drive"),
            ("sync/acme", "sync/.stfolder/", "Syncthing"),
            ("sync/acme", "sync/acme/.stfolder", "Syncthing"),
            ("sync/acme", "sync/.sync_0123abcd.db", "Nextcloud or ownCloud"),
            ("sync/acme", "sync/.owncloudsync.log", "Nextcloud or ownCloud"),
            ("plain/acme", None, None),
        ],
    )
    def test_of_a_cloud_program_is_known_by_name_or_mark(self, tmp_path, folder, mark, program):
        (tmp_path / folder).mkdir(parents=True)
        if mark is not None:
            path = tmp_path / mark
            path.mkdir() if mark.endswith("/") else path.touch()
        assert ground.synced_by(tmp_path / folder) == program
        assert [program in concern.what for concern in ground.concerns(tmp_path / folder)] == (
            [True] if program else []
        )

    def test_of_this_machine_is_told_without_an_error(self, tmp_path):
        assert ground.mount_of(tmp_path, ground.mounts()) is not None
