"""A backup holds the company up to one position, is checked by restoring it, and grows by what came since."""

import errno
import json
import os
import threading
import zlib
from types import SimpleNamespace

import msgspec
import pytest
from log_examples import append, note, opened, segment, texts

from opc_kernel.backup import backup as backup_module
from opc_kernel.backup import store as backup_store
from opc_kernel.backup.backup import BackupRefused, backup
from opc_kernel.backup.restore import restore
from opc_kernel.backup.seal import Seal, WrongPassphrase
from opc_kernel.backup.store import BackupDamaged, NotABackup, PassphraseNeeded, Store
from opc_kernel.log import journal as journal_module
from opc_kernel.log.errors import CompanyBusy, DiskFailed, IsABackup, JournalDamaged
from opc_kernel.log.lines import Commit, decode_event, encode_commit, encode_events
from opc_kernel.log.lock import FolderLock

PASSPHRASE = "four words and more"
BESIDE = ["workbench.toml", "raw", "sheets"]


@pytest.fixture
def target(tmp_path):
    return tmp_path / "elsewhere" / "copy"


@pytest.fixture
def run(durable, folder, target):
    """Return what backs the company up."""

    def running(to=target, log=durable, **options):
        return backup(log, folder, to, beside=BESIDE, opener=opened, **options)

    return running


def restored(target, tmp_path, name="restored", **options):
    return restore(target, tmp_path / name, opener=opened, **options).folder


def files(target):
    return sorted(
        path.relative_to(target / "files").as_posix()
        for path in (target / "files").rglob("*")
        if path.is_file()
    )


def raw(folder, name, content):
    (folder / name).parent.mkdir(exist_ok=True)
    (folder / name).write_bytes(content)


def erase(folder, position):
    """Null the data and salt of one event in the journal, as an erasure leaves it; the database is made anew."""
    path = segment(folder)
    header, *lines = path.read_bytes().splitlines(keepends=True)
    out = b""
    for line, commit in zip(lines[::2], lines[1::2], strict=True):
        event = decode_event(line)
        if event.position == position:
            erased = encode_events([msgspec.structs.replace(event, salt=None, data=msgspec.Raw(b"null"))])
            out += erased + encode_commit(
                Commit(commit=position, bytes=len(erased), crc32=zlib.crc32(erased))
            )
        else:
            out += line + commit
    path.write_bytes(header + out)
    (folder / "company.duckdb").unlink()


class TestAFullBackup:
    def test_becomes_a_company_with_the_same_head(self, durable, run, target, tmp_path):
        append(durable, note("a", "one"), note("a", "two"))
        made = run()
        assert (made.since, made.position, made.head) == (0, 2, durable.tail.chain_hash)
        with opened(restored(target, tmp_path)) as copy:
            assert copy.tail == durable.tail
            assert texts(copy) == texts(durable)
            assert copy.verify().findings == ()

    def test_brings_along_what_lies_beside(self, durable, folder, run, target, tmp_path):
        (folder / "workbench.toml").write_text("zone = 'Europe/Zurich'")
        raw(folder, "raw/abc", b"mail")
        raw(folder, "raw/.abc.12.34.tmp", b"half")
        raw(folder, "elsewhere/x", b"not named")
        append(durable, note("a"))
        run()
        assert files(target) == ["journal/000000000001.jsonl", "raw/abc", "workbench.toml"]
        copy = restored(target, tmp_path)
        assert (copy / "workbench.toml").read_text() == "zone = 'Europe/Zurich'"
        assert (copy / "raw" / "abc").read_bytes() == b"mail"
        assert copy.stat().st_mode & 0o777 == target.stat().st_mode & 0o777 == 0o700

    def test_of_a_company_without_events_is_one(self, run, target, tmp_path):
        assert run().position == 0
        assert restored(target, tmp_path).exists()

    def test_goes_into_an_empty_folder_too(self, durable, run, tmp_path):
        append(durable, note("a"))
        (tmp_path / "stick").mkdir()
        assert run(tmp_path / "stick").position == 1

    def test_inside_the_company_or_over_something_else_is_refused(self, run, folder, tmp_path):
        raw(tmp_path, "taken/letter.txt", b"mine")
        for target in (folder / "copy", folder, tmp_path / "taken", tmp_path):
            with pytest.raises(BackupRefused):
                run(target)
        assert [path.name for path in (tmp_path / "taken").iterdir()] == ["letter.txt"]
        assert not (folder / "copy").exists()

    def test_of_a_file_whose_name_is_no_text_is_refused_with_that_name(self, durable, folder, run):
        (folder / "sheets").mkdir()
        (folder / "sheets" / os.fsdecode(b"caf\xe9.xlsx")).touch()
        with pytest.raises(BackupRefused, match=r"caf.*is no text; rename"):
            run()

    def test_says_when_it_lies_on_the_same_disk(self, durable, run):
        append(durable, note("a"))
        assert run().same_disk

    def test_can_not_be_opened_as_a_company_itself(self, durable, run, target):
        append(durable, note("a"))
        run()
        with pytest.raises(IsABackup, match="would spoil it"):
            opened(target)

    @pytest.mark.parametrize("quick", [False, True])
    @pytest.mark.parametrize(
        ("old", "new"), [(b'"one"', b'"eno"'), (b'"two"', b'"owt"')], ids=["middle", "last append"]
    )
    def test_of_a_damaged_journal_does_not_count(self, durable, folder, run, target, old, new, quick):
        append(durable, note("a", "one"))
        append(durable, note("a", "two"))
        segment(folder).write_bytes(segment(folder).read_bytes().replace(old, new))
        with pytest.raises((JournalDamaged, BackupDamaged)):
            run(quick=quick)
        with pytest.raises(NotABackup, match="never finished"):
            Store.open(target, None)


class TestADiskThatFails:
    """EIO and a full disk, at the source and at the target."""

    def test_at_a_paper_is_told_with_its_name(self, durable, folder, run, monkeypatch):
        raw(folder, "raw/abc", b"mail")
        monkeypatch.setattr(backup_module, "os", SimpleNamespace(fstat=failing(errno.EIO), walk=os.walk))
        with pytest.raises(DiskFailed, match=r"The disk failed at .*acme/journal/.*: Input/output error"):
            run()

    def test_at_the_target_is_told_and_harms_nothing(self, durable, run, target, monkeypatch):
        append(durable, note("a", "one"))
        run()
        append(durable, note("a", "two"))
        with monkeypatch.context() as full:
            full.setattr(backup_store, "write_fully", failing(errno.ENOSPC))
            with pytest.raises(DiskFailed, match=r"elsewhere/copy/files/.*: No space left") as told:
                run()
        assert "free space" in told.value.todo
        assert Store.open(target, None).manifest().position == 1
        assert run().position == 2


def failing(number):
    def fail(*_, **__):
        raise OSError(number, os.strerror(number))

    return fail


class TestWhileOthersWrite:
    def test_everything_committed_before_it_began_is_in_it(
        self, durable, folder, run, target, tmp_path, monkeypatch
    ):
        monkeypatch.setattr(journal_module, "SEGMENT_BYTES", 20_000)
        stop, known = threading.Event(), []

        def write(name):
            count = 0
            while not stop.is_set():
                count += 1
                append(durable, note(name, f"{name} {count}"), note(f"{name}2", f"{name} {count}"))

        writers = [threading.Thread(target=write, args=(f"w{n}",)) for n in range(4)]
        for writer in writers:
            writer.start()
        try:
            for quick in (False, True, False):
                committed = durable.tail.position
                known.append((committed, run(quick=quick)))
        finally:
            stop.set()
            for writer in writers:
                writer.join()
        hashes = {event.position: event.chain_hash for event in durable.read()}
        assert all(made.position >= committed for committed, made in known)
        assert all(hashes.get(made.position) == made.head for _, made in known if made.position)
        assert known[0][1].position == known[1][1].since < known[2][1].position
        with opened(restored(target, tmp_path)) as copy:
            assert copy.verify().findings == ()
            assert [event.chain_hash for event in copy.read()] == [
                hashes[position] for position in range(1, known[2][1].position + 1)
            ]


class TestTheNextRun:
    def test_adds_what_came_since_and_rewrites_nothing(self, durable, folder, run, target, tmp_path):
        raw(folder, "raw/abc", b"mail")
        append(durable, note("a", "one"))
        first = run()
        before = {name: (target / "files" / name).stat().st_ino for name in files(target)}
        append(durable, note("a", "two"))
        raw(folder, "raw/def", b"more")
        second = run()
        assert (second.since, second.position) == (first.position, 2)
        assert {name: (target / "files" / name).stat().st_ino for name in before} == before
        (piece,) = set(files(target)) - set(before) - {"raw/def"}
        assert (target / "files" / piece).read_bytes().count(b"\n") == 2  # one event and its commit
        with opened(restored(target, tmp_path)) as copy:
            assert texts(copy) == texts(durable)

    def test_without_anything_new_writes_the_manifest_only(self, durable, run, target):
        append(durable, note("a"))
        run()
        assert run().written_bytes == 0

    def test_replaces_what_changed_and_removes_what_vanished(self, durable, folder, run, target, tmp_path):
        append(durable, note("a"))
        raw(folder, "raw/abc", b"mail")
        raw(folder, "sheets/approvals.xlsx", b"old")
        run()
        for content in (b"newer", b"newest", b"new"):
            raw(folder, "sheets/approvals.xlsx", content)
            (folder / "raw" / "abc").unlink(missing_ok=True)
            run()
            (held,) = [name for name in files(target) if name.startswith("sheets/")]
            assert (target / "files" / held).read_bytes() == content
        assert [name for name in files(target) if name.startswith("raw/")] == []
        assert (restored(target, tmp_path) / "sheets" / "approvals.xlsx").read_bytes() == b"new"

    def test_lets_an_erased_payload_leave_the_backup(self, folder, target, tmp_path):
        with opened(folder) as log:
            append(log, note("a", "Erika"))
            append(log, note("a", "stays"))
            backup(log, folder, target, beside=BESIDE, opener=opened)
        erase(folder, 1)
        with opened(folder) as log:
            append(log, note("b", "after"))
            made = backup(log, folder, target, beside=BESIDE, opener=opened)
            assert made.since == 2
        assert all(b"Erika" not in (target / "files" / name).read_bytes() for name in files(target))
        with opened(restored(target, tmp_path)) as log:
            assert texts(log)[0] is None

    def test_gathers_many_pieces_into_one(self, durable, run, target, monkeypatch, tmp_path):
        monkeypatch.setattr(backup_module, "MAX_PIECES", 3)
        for number in range(8):
            append(durable, note("a", str(number)))
            run(quick=True)
        assert len(files(target)) <= 3
        with opened(restored(target, tmp_path)) as copy:
            assert texts(copy) == texts(durable)

    def test_knows_another_company(self, durable, run, target, tmp_path):
        append(durable, note("a"))
        run()
        other = tmp_path / "other"
        with opened(other) as log:
            with pytest.raises(BackupRefused, match="events this company has not"):
                backup(log, other, target, beside=[], opener=opened)
            append(log, note("a"))
            with pytest.raises(BackupRefused, match="events this company has not"):
                backup(log, other, target, beside=[], opener=opened)

    def test_does_not_replace_events_that_stand_nowhere_else(self, durable, folder, run, target, tmp_path):
        append(durable, note("a", "one"))
        run(tmp_path / "older")
        append(durable, note("a", "two"))
        run()
        back = restored(tmp_path / "older", tmp_path)
        with opened(back) as log:
            append(log, note("a", "another second"))
            with pytest.raises(BackupRefused, match="goes on to position 2 with events this company has not"):
                backup(log, back, target, beside=BESIDE, opener=opened)

    def test_finds_a_piece_that_was_touched_meanwhile(self, durable, folder, run, target):
        append(durable, note("a"))
        raw(folder, "raw/abc", b"mail")
        run()
        (target / "files" / "raw" / "abc").write_bytes(b"liam")
        append(durable, note("a"))
        for quick in (True, False):
            with pytest.raises(BackupDamaged, match="raw/abc"):
                run(quick=quick)


class Broken(BaseException):
    """Stands for a run that ends there: nothing after it happens."""


def broken_off_at(left, monkeypatch):
    """Break the n-th thing off that a run does to the backup's folder."""

    def stepping(original):
        def stepped(*arguments, **options):
            nonlocal left
            left -= 1
            if left == 0:
                raise Broken
            return original(*arguments, **options)

        return stepped

    for name in ("write_whole", "sync_folder", "write_fully"):
        monkeypatch.setattr(backup_store, name, stepping(getattr(backup_store, name)))


def held(target):
    """What the backup in its present state would give back."""
    store = Store.open(target, None)
    manifest = store.manifest()
    sheet = next(entry for entry in manifest.files if entry.name.startswith("sheets/"))
    for entry in manifest.files:
        for piece in entry.pieces:
            store.read(piece)
    return manifest.position, b"".join(store.read(piece) for piece in sheet.pieces)


class TestARunThatIsBrokenOff:
    def test_leaves_the_state_before_or_the_new_one(
        self, durable, folder, run, target, monkeypatch, tmp_path
    ):
        raw(folder, "sheets/approvals.xlsx", b"first")
        append(durable, note("a", "one"))
        run()
        append(durable, note("a", "two"))
        raw(folder, "sheets/approvals.xlsx", b"second")
        outcomes = []
        for left in range(1, 40):
            with monkeypatch.context() as broken:
                broken_off_at(left, broken)
                try:
                    run(quick=True)
                except Broken:
                    outcomes.append(held(target))
                else:
                    break
        assert len(outcomes) > 3
        assert outcomes[-1] == (1, b"first")
        assert held(target) == (2, b"second")
        assert len(files(target)) == 3  # nothing is left of what the broken-off runs wrote
        with opened(restored(target, tmp_path)) as copy:
            assert texts(copy) == texts(durable)

    def test_leaves_no_copy_behind(self, durable, run, target):
        append(durable, note("a", "one"))
        run(quick=True)
        killed_there = backup_module._aside(Store.open(target, None))
        raw(target, f"{killed_there.name}/copy", b"of a run that was killed")
        killed_there._finalizer.detach()
        run(quick=True)
        assert sorted(path.name for path in target.iterdir()) == [".lock", "backup.json", "files"]

    def test_keeps_a_second_run_out_while_it_goes_on(self, durable, run, target):
        append(durable, note("a", "one"))
        run(quick=True)
        with FolderLock(target), pytest.raises(CompanyBusy, match="in use by"):
            run(quick=True)

    def test_at_its_first_run_is_begun_again(self, durable, folder, run, target, monkeypatch):
        append(durable, note("a"))

        def interrupted(*_, **__):
            raise KeyboardInterrupt

        with monkeypatch.context() as broken:
            broken.setattr(Store, "publish", interrupted)
            with pytest.raises(KeyboardInterrupt):
                run()
        raw(target, "files/rest", b"of a broken-off run")
        assert run().position == 1
        assert files(target) == ["journal/000000000001.jsonl"]
        assert not (target / ".unfinished").exists()


@pytest.fixture(scope="module")
def one_seal():
    """Return a seal and its lock: each opening of a lock costs seconds, on purpose."""
    seal = Seal.new()
    return seal, seal.locked(PASSPHRASE)


@pytest.fixture
def sealing(one_seal, monkeypatch):
    seal, locked = one_seal
    unlocked = Seal.unlocked
    known = {(locked, PASSPHRASE): seal}
    monkeypatch.setattr(Seal, "new", lambda: seal)
    monkeypatch.setattr(Seal, "locked", lambda *_: locked)
    monkeypatch.setattr(Seal, "unlocked", lambda *given: known.get(given) or unlocked(*given))


@pytest.mark.usefixtures("sealing")
class TestSealed:
    def test_says_nothing_to_anybody_and_everything_to_the_passphrase(
        self, durable, folder, run, target, tmp_path
    ):
        append(durable, note("a", "a secret of Erika"))
        raw(folder, "sheets/letter to Erika.xlsx", b"Erika")
        assert run(passphrase=PASSPHRASE).encrypted
        append(durable, note("a", "another secret of Erika"))
        second = run(passphrase=PASSPHRASE)
        assert second.since == 1
        for path in target.rglob("*"):
            assert "Erika" not in path.name
            assert path.is_dir() or b"Erika" not in path.read_bytes()
        told = json.loads((target / "backup.json").read_text())
        assert sorted(told) == ["backup", "company", "encrypted", "head", "manifest", "position"]
        assert (told["company"], told["position"], told["encrypted"]) == (durable.company_id, 2, True)
        copy = restored(target, tmp_path, passphrase=PASSPHRASE)
        assert (copy / "sheets" / "letter to Erika.xlsx").read_bytes() == b"Erika"
        with opened(copy) as log:
            assert texts(log) == texts(durable)

    def test_opens_to_its_passphrase_alone(self, durable, run, target, tmp_path):
        append(durable, note("a"))
        run(passphrase=PASSPHRASE, quick=True)
        with pytest.raises(WrongPassphrase):
            restored(target, tmp_path, passphrase="another")
        with pytest.raises(PassphraseNeeded):
            run()
        flipped = next((target / "files").iterdir())
        flipped.write_bytes(flipped.read_bytes()[:-1] + b"x")
        with pytest.raises(BackupDamaged, match="can't be unsealed"):
            restored(target, tmp_path, passphrase=PASSPHRASE)

    def test_stays_what_it_was_begun_as(self, durable, run):
        append(durable, note("a"))
        run(quick=True)
        with pytest.raises(BackupRefused, match="is not encrypted"):
            run(passphrase=PASSPHRASE)

    def test_is_plain_age_that_its_own_tool_opens(self, durable, run, target):
        from pyrage import decrypt, x25519
        from pyrage.passphrase import decrypt as unlock

        append(durable, note("a", "by hand"))
        run(passphrase=PASSPHRASE, quick=True)
        key = x25519.Identity.from_str(
            unlock((target / "identity.age").read_bytes(), PASSPHRASE).decode().strip()
        )
        (piece,) = (target / "files").glob("*.age")
        assert b'"by hand"' in decrypt(piece.read_bytes(), [key])
