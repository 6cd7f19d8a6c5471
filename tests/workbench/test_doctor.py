"""The doctor finds what is wrong with a company, says what to do, and finds nothing where nothing is wrong."""

import json
import os
import shutil
from collections import namedtuple
from typing import ClassVar

import duckdb
import pytest
from shop import Shop, statement
from typer.testing import CliRunner

from opc_kernel.clock import SystemClock
from opc_kernel.event import NEW_STREAM, EventData, Write
from opc_kernel.log.lock import FolderLock
from opc_kernel.testing import FrozenClock
from workbench import composition, doctor, maintenance
from workbench.cli.main import app
from workbench.company import open_briefly, own_company
from workbench.erasure.erasing import erase_payload, preview_erasure
from workbench.erasure.traces import Wanted

Usage = namedtuple("Usage", "total used free")


@pytest.fixture(autouse=True)
def now(monkeypatch):
    """The machine's clock, as it can be set."""
    clock = FrozenClock()
    monkeypatch.setattr(SystemClock, "now", lambda _: clock.now())
    return clock


@pytest.fixture
def run(monkeypatch):
    monkeypatch.setenv("WORKBENCH_LOG", os.devnull)

    def running(*arguments, company):
        done = CliRunner().invoke(app, [*arguments, "--company", str(company)])
        assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
        return done

    return running


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    """Return the folder of a company with a little in it and a backup elsewhere."""
    folder = tmp_path_factory.mktemp("well")
    with pytest.MonkeyPatch.context() as elsewhere:
        elsewhere.setattr(SystemClock, "now", lambda _: FrozenClock().now())
        elsewhere.setattr("opc_kernel.backup.backup._is_same_disk", lambda *_: False)
        shop = Shop(folder / "acme")
        shop.take(statement("2026-10-10, -7.00, Kiosk, coffee"))
        shop.work()
        maintenance.back_up(folder / "acme", folder / "backup", quick=True)
        shop.company.close()
    return folder


@pytest.fixture
def well(template, tmp_path, monkeypatch):
    """Return a company in which all is well, settled where it lies."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "configuration"))
    folder = shutil.copytree(template / "acme", tmp_path / "acme")
    folder.chmod(0o700)
    doctor.moved(folder)
    return folder


def found(folder, check=None, **options):
    """What the doctor says, of one check or of all."""
    return [
        (each.severity, each.what)
        for each in doctor.examine(folder, **options)
        if check in (None, each.check)
    ]


def only(folder, check, **options):
    """The one thing that is wrong, where nothing else is."""
    (one,) = doctor.examine(folder, **options)
    assert one.check == check
    assert one.todo
    return one.severity, one.what


@pytest.mark.parametrize("full", [False, True])
def test_nothing_is_wrong_with_a_healthy_company(well, full, run):
    assert found(well, full=full) == []
    done = run("doctor", *(["--full"] if full else []), company=well)
    assert (done.exit_code, done.stdout) == (0, "Nothing is wrong.\n")


def test_a_new_company_is_healthy(run, tmp_path):
    assert CliRunner().invoke(app, ["init", str(tmp_path / "new")]).exit_code == 0
    assert found(tmp_path / "new") == []


class TestTheFolder:
    def test_that_was_copied_holds_its_effects_until_it_is_told(self, well, tmp_path, run):
        copy = shutil.copytree(well, tmp_path / "copy")
        severity, what = only(copy, "place")
        assert (severity, "was copied" in what) == ("error", True)
        assert run("doctor", company=copy).exit_code == 1
        assert run("doctor", "--moved", company=copy).exit_code == 0
        assert found(copy) == []

    def test_that_lives_beside_the_first_gets_its_own_id(self, well, tmp_path, run):
        copy = shutil.copytree(well, tmp_path / "copy")
        before = doctor.company_id(copy)
        assert run("doctor", "--copied", company=copy).exit_code == 0
        assert doctor.company_id(copy) != before == doctor.company_id(well)
        assert found(copy) == []

    def test_can_not_be_both(self, well, run):
        assert run("doctor", "--moved", "--copied", company=well).exit_code == 2

    def test_that_was_never_opened_is_no_copy(self, tmp_path, run):
        (tmp_path / "new").mkdir(mode=0o700)
        (tmp_path / "new" / "workbench.toml").write_text("")
        assert run("doctor", "--moved", company=tmp_path / "new").exit_code == 0
        assert found(tmp_path / "new") == []

    def test_on_ground_that_may_give_way_is_told_here_and_at_the_start(self, tmp_path, run, well):
        synced = tmp_path / "Dropbox" / "acme"
        synced.parent.mkdir()
        shutil.move(well, synced)
        severity, what = only(synced, "folder")
        assert severity == "warning"
        assert what.startswith("Dropbox copies this folder away")
        assert run("doctor", company=synced).exit_code == 0
        started = CliRunner().invoke(app, ["init", str(synced.parent / "another")])
        assert started.exit_code == 0
        assert "Dropbox copies this folder away" in started.stderr

    def test_open_to_others_is_told_with_the_remedy(self, well, tmp_path):
        well.chmod(0o755)
        secrets = tmp_path / "configuration" / "workbench" / "secrets.toml"
        secrets.parent.mkdir(parents=True, exist_ok=True)
        secrets.write_text("")
        secrets.chmod(0o644)
        assert [(each.severity, each.todo) for each in doctor.examine(well)] == [
            ("warning", f"chmod 700 {well}"),
            ("warning", f"chmod 600 {secrets}"),
        ]

    def test_of_a_backup_is_not_examined_as_a_company(self, template, run):
        done = run("doctor", company=template / "backup")
        assert done.exit_code == 1
        assert "holds no company" in done.stderr


class TestTheDisk:
    @pytest.mark.parametrize(("free_mib", "severity"), [(100, "error"), (700, "warning")])
    def test_that_is_full_or_nearly_so(self, well, monkeypatch, free_mib, severity):
        monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(0, 0, free_mib * 2**20))
        assert only(well, "space")[0] == severity

    def test_that_does_not_sync(self, well, monkeypatch):
        def fail(*_):
            raise OSError(5, "Input/output error")

        monkeypatch.setattr(doctor, "write_whole", fail)
        assert only(well, "disk") == (
            "error",
            "The disk refused to write and sync a file: Input/output error",
        )

    def test_that_gives_back_other_bytes(self, well, monkeypatch):
        write = doctor.write_whole
        monkeypatch.setattr(doctor, "write_whole", lambda path, content: write(path, content[::-1]))
        assert only(well, "disk")[0] == "error"

    def test_that_is_read_only(self, well, monkeypatch):
        def fail(*_, **__):
            raise OSError(30, "Read-only file system")

        monkeypatch.setattr(doctor, "write_whole", fail)
        monkeypatch.setattr("opc_kernel.log.lock.os.open", fail)
        assert {check.check for check in doctor.examine(well)} == {"disk", "opening"}


def segment(folder):
    return sorted((folder / "journal").iterdir())[-1]


class TestTheJournal:
    def test_with_a_flipped_byte_is_found_at_a_glance(self, well):
        segment(well).write_bytes(segment(well).read_bytes().replace(b"coffee", b"coffie", 1))
        ((severity, what),) = set(found(well, "journal"))
        assert severity == "error"
        assert "the data of position" in what
        assert found(well, "verify", full=True)

    def test_with_a_torn_end_is_mended_and_told(self, well):
        with segment(well).open("ab") as journal:
            journal.write(b'{"position":99,\n{"pos')
        told = doctor.examine(well)
        assert [(each.severity, each.check) for each in told] == [("note", "opening")]
        assert "never finished" in told[0].what
        assert [each.check for each in doctor.examine(well)] == ["quarantine"]

    def test_whose_header_is_damaged_refuses_to_open(self, well):
        content = segment(well).read_bytes()
        segment(well).write_bytes(b"?" + content[1:])
        told = {(each.severity, each.check) for each in doctor.examine(well)}
        assert {("error", "journal"), ("error", "opening")} <= told

    def test_that_is_gone_is_told(self, well):
        segment(well).unlink()
        assert ("error", "opening") in {(each.severity, each.check) for each in doctor.examine(well)}


class TestTheDatabase:
    def test_that_is_gone_or_behind_is_mended_and_told(self, well):
        (well / "company.duckdb").unlink()
        severity, what = only(well, "opening")
        assert severity == "note"
        assert "put into the database from the journal" in what
        assert found(well) == []

    def test_that_can_not_be_read_is_set_aside_and_told(self, well, run):
        (well / "company.duckdb").write_bytes(b"not a database at all, but long enough to look at" * 400)
        assert {what.split(":")[0] for _, what in found(well)} == {"Mended while opening"}
        (aside,) = doctor.examine(well)
        assert (aside.severity, aside.check) == ("note", "quarantine")
        assert run("doctor", company=well).stdout.endswith("Nothing is wrong.\n")
        shutil.rmtree(well / "quarantine")
        assert found(well) == []

    def test_that_disagrees_refuses_to_open(self, well, run):
        with duckdb.connect(str(well / "company.duckdb")) as connection:
            connection.execute("DELETE FROM event WHERE position = 1")
        assert only(well, "opening")[0] == "error"
        assert found(well, "verify", full=True) == [("error", "position 1, database: this row is missing")]

    def test_without_a_byte_is_told_in_words(self, well, run):
        (journal,) = (well / "journal").iterdir()
        journal.write_bytes(b"")
        told = run("doctor", company=well)
        assert (told.exit_code, "its header can't be read" in told.stdout) == (1, True)

    def test_whose_kept_file_is_gone_or_changed_is_told(self, well):
        (kept,) = (well / "raw").iterdir()
        content = kept.read_bytes()
        kept.write_bytes(content + b" ")
        assert found(well) == []
        changed = only(well, "kept files", full=True)
        kept.unlink()
        assert changed == only(well, "kept files")
        assert (changed[0], kept.name in changed[1]) == ("warning", True)

    def test_whose_kept_file_was_erased_is_healthy(self, well):
        with own_company(well) as company:
            wanted = Wanted(containing=("Kiosk",))
            erase_payload(company, wanted, confirmed=preview_erasure(company, wanted).hash)
        assert list((well / "raw").iterdir()) == []
        assert found(well, "kept files") == []

    def test_whose_read_model_was_changed_is_found_in_full(self, well):
        with duckdb.connect(str(well / "company.duckdb")) as connection:
            connection.execute("UPDATE bank_transaction SET text = 'tea'")
        assert found(well) == []
        assert "differ from their fold" in only(well, "read models", full=True)[1]

    def test_of_another_engine_is_told(self, well, monkeypatch):
        monkeypatch.setattr(doctor, "version", lambda _: "1.4.5")
        assert only(well, "duckdb")[0] == "error"

    def test_engine_is_the_one_that_is_pinned(self):
        from importlib.metadata import requires

        assert any(each.startswith(f"duckdb=={doctor.DUCKDB}") for each in requires("workbench-opc"))


class TestTheClock:
    def test_that_stands_before_the_last_event(self, well, now):
        now.move(days=-3)
        severity, what = only(well, "clock")
        assert (severity, what.startswith("The clock says 2026-10-30")) == ("error", True)

    def test_that_went_back_between_events(self, well, now):
        now.move(hours=-5)
        with own_company(well) as company:
            company.append([backed_up()], expected={"backup/x": NEW_STREAM})
        now.move(hours=6)
        severity, what = only(well, "clock")
        assert severity == "note"
        assert "went back 1 times" in what
        assert "by 5:00:00" in what

    def test_that_is_kept_in_step_by_small_steps_is_well(self, well, now):
        now.move(seconds=-1)
        with own_company(well) as company:
            company.append([backed_up()], expected={"backup/x": NEW_STREAM})
        assert found(well) == []


def backed_up(**fields):
    data = {"position": 1, "head": "0", "label": "x", "same_disk": False, "encrypted": False, **fields}
    return Write(stream="backup/x", data=maintenance.BackedUp(**data), actor="me")


class Stranger(EventData, type="demo.stranger"):
    pass


class Newer(EventData, type="log.backed_up", version=2):
    upcasters: ClassVar = {1: "data"}


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (Stranger(), "1 events are of the type demo.stranger"),
        (Newer(), "log.backed_up stands in schema version 2, this release knows 1"),
    ],
)
def test_events_of_a_later_release_are_told(well, monkeypatch, data, words):
    with monkeypatch.context() as later:
        kept = tuple(each for each in composition.EVENTS if each.event_type != data.event_type)
        later.setattr(composition, "EVENTS", (*kept, type(data)))
        with own_company(well) as company:
            company.append([Write(stream="demo/x", data=data, actor="me")], expected={"demo/x": NEW_STREAM})
    severity, what = only(well, "event types")
    assert severity == "warning"
    assert what.startswith(words)


class TestTheBackup:
    def test_that_was_never_made(self, shop):
        shop.take(statement("2026-10-10, -7.00, Kiosk, coffee"))
        shop.company.close()
        assert found(shop.folder, "backup") == [("warning", "There is no backup yet")]

    def test_that_is_too_old(self, well, now):
        now.move(days=7)
        assert found(well) == []
        now.move(days=1)
        assert only(well, "backup") == ("warning", "The last backup elsewhere is 8 days old")
        (well / "workbench.toml").write_text("[backup]\nwarn_after_days = 30\n")
        assert found(well) == []

    def test_that_lies_on_the_same_disk_is_none_elsewhere(self, shop, tmp_path, run):
        shop.take(statement("2026-10-10, -7.00, Kiosk, coffee"))
        shop.company.close()
        assert run("log", "backup", str(tmp_path / "backup"), "--quick", company=shop.folder).exit_code == 0
        ((severity, what),) = found(shop.folder, "backup")
        assert severity == "warning"
        assert what.startswith("The only backups lie on the company's own disk")


class TestTheSettings:
    @pytest.mark.parametrize("content", ['zone = "Mars/Olympus"', "zone = ", "[backup]\nwarn_after_days = 0"])
    def test_that_can_not_be_used_are_told_once(self, well, content):
        (well / "workbench.toml").write_text(content)
        severity, what = only(well, "settings", full=True)
        assert (severity, "can't be used" in what) == ("error", True)

    def test_of_a_new_company_are_the_defaults(self, tmp_path):
        CliRunner().invoke(app, ["init", str(tmp_path / "new")])
        assert "# warn_after_days = 7" in (tmp_path / "new" / "workbench.toml").read_text()


class TestTheHolder:
    def test_that_serves_nobody_is_named(self, well, monkeypatch):
        from functools import partial

        monkeypatch.setattr(doctor, "open_briefly", partial(open_briefly, wait_s=0))
        with FolderLock(well):
            told = doctor.examine(well)
        assert [(each.severity, each.check) for each in told] == [("error", "opening"), ("note", "holder")]
        assert f"(process {os.getpid()} on " in told[1].what

    def test_that_was_killed_left_its_address(self, well, tmp_path):
        from workbench.address import Address, write_address

        address = Address(
            url="http://127.0.0.1:9",
            token="x",
            pid=1,
            role="up",
            release="0.1.0",
            schema=1,
            protocol=1,
            folder=str(well),
        )
        write_address(doctor.company_id(well), address)
        severity, what = only(well, "holder")
        assert (severity, "http://127.0.0.1:9" in what) == ("note", True)


def test_findings_are_json_for_scripts(well, run):
    well.chmod(0o750)
    done = run("doctor", "--json", company=well)
    (line,) = done.stdout.splitlines()
    assert set(json.loads(line)) == {"severity", "check", "what", "todo"}
    assert done.exit_code == 0
