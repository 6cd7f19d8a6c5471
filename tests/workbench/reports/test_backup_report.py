"""The night's backup as a report: verified first, copied where the settings say, restored aside from time to time."""

import shutil

import pytest
from job_runs import Runs
from shop import SETTINGS

from opc_kernel.backup.store import summary
from workbench.maintenance import restore
from workbench.reports.backup_and_verify import JOB, BackupAndVerify, BackupAway, LogDiffers


@pytest.fixture
def kept(found, tmp_path):
    """A company whose settings say where its backup goes."""
    shop = found(SETTINGS + '\n[backup]\nfolder = "../elsewhere"\n')
    shop.pay("2026-10-28, 950.00, Unbekannt GmbH, Danke")
    return shop


def report(shop, **more):
    return BackupAndVerify(shop.company, **more)


def test_it_lies_where_the_settings_say_and_can_be_restored(kept, tmp_path):
    told = report(kept)
    done = told.back_up()

    assert done["folder"] == str(tmp_path / "elsewhere")
    assert done["events"] == done["position"] == summary(tmp_path / "elsewhere").position
    assert restore(tmp_path / "elsewhere", tmp_path / "again").position == done["position"]
    assert kept.types()[-1] == "log.backed_up"
    assert told.summary(done).endswith("restored aside and opened")
    assert told.outputs(done)["findings"] == 0


def test_a_second_run_copies_only_what_came(kept):
    first, second = report(kept).back_up(), report(kept).back_up()

    assert second["events"] == 1
    assert second["written_bytes"] < first["written_bytes"] / 2


def test_the_copy_is_opened_from_time_to_time(kept):
    runs = Runs(kept)
    assert report(kept).back_up()["drilled"] is True

    runs.completed(JOB, drilled=True)
    assert report(kept).back_up()["drilled"] is False

    kept.clock.move(days=31)
    assert report(kept).back_up()["drilled"] is True


def test_that_nobody_said_where_is_told(shop):
    told = report(shop)
    before, done = shop.count(), told.back_up()

    assert (done, shop.count()) == ({}, before)
    assert "nobody said where to" in str(told.backed_up(done))
    assert told.summary(done).endswith("no backup: nobody said where to ([backup] folder)")


def test_a_rehearsal_writes_nothing(kept, tmp_path):
    told = report(kept)

    assert "A rehearsal writes nothing" in str(told.backed_up(None))
    assert str(told.sizes(None)).startswith("Sizes")
    assert told.summary(None).endswith("events verified; nothing was written")
    assert not (tmp_path / "elsewhere").exists()


def test_a_log_that_is_not_as_written_is_told_and_not_copied(kept, tmp_path):
    report(kept).back_up()
    copied = summary(tmp_path / "elsewhere").position
    (segment,) = [path for path in (kept.folder / "journal").iterdir() if path.stat().st_size]
    segment.write_bytes(segment.read_bytes().replace(b"950.00", b"150.00"))
    told = report(kept)

    with pytest.raises(LogDiffers):
        told.back_up()
    assert summary(tmp_path / "elsewhere").position == copied
    assert "differ." in str(told.verified())
    assert told.outputs(None)["findings"] > 0


def test_a_disk_that_is_not_there_is_no_reason_for_a_backup_elsewhere(kept, tmp_path, monkeypatch):
    monkeypatch.setattr("opc_kernel.backup.backup._is_same_disk", lambda *_: False)
    report(kept).back_up()
    shutil.rmtree(tmp_path / "elsewhere")

    with pytest.raises(BackupAway):
        report(kept).back_up()
    assert not (tmp_path / "elsewhere").exists()


def test_a_passphrase_that_is_kept_seals_a_new_backup(kept, tmp_path, monkeypatch):
    monkeypatch.setenv("WORKBENCH_SECRET_BACKUP", "four words and more")

    assert report(kept).back_up()["encrypted"] is True
    assert report(kept).back_up()["events"] == 1
    assert summary(tmp_path / "elsewhere").encrypted
