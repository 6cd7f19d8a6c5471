"""A company's log as files for other tools, and lines of other tools as events; the same through a server."""

import json
import stat
import subprocess
import sys

import duckdb
import pytest
from shop import Shop, rate
from typer.testing import CliRunner

from opc_kernel.event import NEW_STREAM
from opc_kernel.log.errors import EventIdTaken
from workbench.cli.main import app
from workbench.client import ClientLog
from workbench.company import open_company
from workbench.exporting import LineRefused, NoPlaceForExport, export, import_lines

SAME = (
    "stream, version, event_id, type, data::VARCHAR, actor, source, source_id, correlation_id, causation_id, "
    "consent, occurred_at"
)


@pytest.fixture
def busy(shop):
    shop.invoices("RE-1,out,Sandtor GmbH,2026-10-01,,1190.00,EUR")
    shop.pay("2026-10-10, 1190.00, Sandtor GmbH, RE-1\n2026-10-11, 5.00, Kiosk, change")
    shop.work()
    return shop


def events(company):
    return company.query(f"SELECT {SAME} FROM event ORDER BY position").rows


def test_what_was_exported_is_imported_by_another_company_event_for_event(busy, tmp_path, found):
    done = export(busy.company, "jsonl", tmp_path / "log.jsonl")
    other = Shop(tmp_path / "other")
    got = import_lines(other.company, tmp_path / "log.jsonl")
    assert (got.lines, got.new, got.known) == (done.position, done.position, 0)
    assert events(other.company) == events(busy.company)
    assert other.books() == busy.books()
    assert [row.key for row in other.queue()] == [row.key for row in busy.queue()]
    assert import_lines(other.company, tmp_path / "log.jsonl").new == 0
    assert other.count() == done.position
    other.company.close()


@pytest.mark.parametrize(
    "name",
    [
        "journal/000000000001.jsonl",
        "company.duckdb",
        "workbench.toml",
        "log.jsonl",
        "raw/../raw/x",
        "sheets",
        ".",
    ],
)
@pytest.mark.parametrize("form", ["jsonl", "replica"])
def test_no_export_replaces_what_the_company_lives_on(busy, name, form):
    target = busy.folder / name
    before = target.read_bytes() if target.is_file() else None
    with pytest.raises(NoPlaceForExport, match="No export was written"):
        export(busy.company, form, target)
    assert (target.read_bytes() if target.is_file() else None) == before
    assert list((busy.folder / "exports").glob("*")) == []


def test_an_export_may_lie_in_exports_and_a_link_to_the_folder_is_no_way_around(busy, tmp_path):
    assert export(busy.company, "jsonl", busy.folder / "exports" / "mine.jsonl").path.exists()
    (tmp_path / "link").symlink_to(busy.folder / "journal")
    with pytest.raises(NoPlaceForExport):
        export(busy.company, "jsonl", tmp_path / "link" / "000000000001.jsonl")


def test_the_least_a_line_says_is_stream_type_and_data(shop, tmp_path):
    line = {
        "stream": "rate/USD-EUR-2026-01-01",
        "type": "books.rate_recorded",
        "data": {"base": "USD", "quote": "EUR", "rate": "0.86", "on": "2026-01-01"},
    }
    path = tmp_path / "rates.jsonl"
    path.write_text(f"{json.dumps(line)}\n\n{json.dumps(line)}\n")
    assert import_lines(shop.company, path, dry_run=True).new == 2
    assert shop.count() == 0
    assert import_lines(shop.company, path).new == 2, "the same twice is two events"
    assert import_lines(shop.company, path).known == 2
    assert shop.ask("SELECT DISTINCT source FROM event") == [("import",)]
    assert shop.ask("SELECT rate::VARCHAR FROM rate") == [("0.86000000",)]


RATE = '{"base":"USD","quote":"EUR","rate":"1","on":"2026-01-01"}'
GOOD = '{"stream":"rate/x","type":"books.rate_recorded","data":' + RATE + "}"


def named(event_id):
    return GOOD.replace('"stream"', f'"event_id":"{event_id}","stream"')


@pytest.mark.parametrize(
    ("bad", "says"),
    [
        ("no json", "it is no event"),
        ('{"stream":"rate/x"}', "missing required field"),
        (GOOD.replace("rate_recorded", "nobody_knows"), "No event type"),
        (GOOD.replace(RATE, '{"a":' * 3000 + "1" + "}" * 3000), "too deeply nested"),
        (GOOD.replace('"USD"', '"dollars"'), "base"),
        (GOOD.replace("rate/x", "Rate x"), "is not a stream"),
        (GOOD.replace('"stream"', '"schema_version":7,"stream"'), "schema 7"),
        (GOOD.replace('"stream"', '"occurred_at":"2026-01-01T00:00:00","stream"'), "no time zone"),
        (named("twice"), "an earlier line"),
        ('{"stream":"' + "x" * 5_000_000 + '"}', "it is no event"),
    ],
)
def test_a_bad_line_is_named_and_nothing_is_imported(shop, tmp_path, bad, says):
    path = tmp_path / "x.jsonl"
    path.write_text("\n".join((named("twice"), GOOD, bad)))
    with pytest.raises(LineRefused, match="Line 3") as refusal:
        import_lines(shop.company, path)
    assert says in str(refusal.value)
    assert shop.count() == 0


def test_an_id_that_is_taken_by_something_else_is_refused_before_anything_is_imported(shop, tmp_path):
    write = rate("2026-01-01", event_id="mine")
    shop.company.append([write], expected={write.stream: NEW_STREAM})
    path = tmp_path / "x.jsonl"
    path.write_text(f"{GOOD}\n{named('mine')}\n")
    with pytest.raises(EventIdTaken):
        import_lines(shop.company, path)
    assert shop.count() == 1


def test_a_replica_lies_beside_the_live_file_read_only_and_is_replaced_by_the_next(busy):
    first = export(busy.company, "replica")
    assert first.path == busy.folder / "replica.duckdb"
    assert stat.S_IMODE(first.path.stat().st_mode) == 0o444
    busy.pay("2026-10-20, 1.00, Kiosk, more", "more.csv")
    second = export(busy.company, "replica")
    assert second.position > first.position
    connect = f"import duckdb; replica = duckdb.connect({str(second.path)!r}, read_only=True)"
    ask = f"{connect}; print(replica.execute('SELECT count(*) FROM ledger').fetchall()[0][0])"
    told = subprocess.run([sys.executable, "-c", ask], capture_output=True, check=True, text=True, timeout=60)
    assert told.stdout.strip() == "3"
    assert list((busy.folder / "exports").iterdir()) == []


def test_a_target_that_can_not_be_written_leaves_nothing_behind(busy, tmp_path):
    with pytest.raises(OSError, match="No such file"):
        export(busy.company, "jsonl", tmp_path / "nowhere" / "x.jsonl")
    assert list((busy.folder / "exports").iterdir()) == []


def test_it_works_through_a_server_too(busy, tmp_path):
    busy.company.close()
    with open_company(busy.folder) as company:
        assert isinstance(company.log, ClientLog)
        lines = export(company, "jsonl", tmp_path / "log.jsonl")
        table = export(company, "parquet", tmp_path / "log.parquet")
        replica = export(company, "replica")
        assert lines.position == table.position == replica.position
        with duckdb.connect() as other:
            rows = other.execute("SELECT count(*) FROM read_parquet(?)", [str(table.path)]).fetchall()
        assert rows == [(table.position,)]
        assert import_lines(company, tmp_path / "log.jsonl").known == lines.position
        (tmp_path / "new.jsonl").write_text(GOOD + "\n")
        assert import_lines(company, tmp_path / "new.jsonl").new == 1


@pytest.fixture
def run(busy):
    def running(*words):
        return CliRunner().invoke(app, ["log", *words, "--company", str(busy.folder)])

    return running


def test_the_commands(busy, run, tmp_path):
    position = busy.count()
    done = run("export")
    assert done.output.strip().endswith(
        f"exports/log-{position}.jsonl holds everything up to position {position}."
    )
    assert run("export", "-").output.splitlines()[0].startswith('{"position":1,')
    assert json.loads(run("export", "--replica", "--json").output)["position"] == position
    assert run("export", str(tmp_path / "x.csv")).exit_code == 2
    assert run("export", "-", "--replica").exit_code == 2
    again = run("import", str(busy.folder / "exports" / f"log-{position}.jsonl"))
    assert again.output.strip() == f"{position} lines: 0 added, {position} known."
    assert run("import", str(tmp_path / "nowhere.jsonl")).exit_code == 1
