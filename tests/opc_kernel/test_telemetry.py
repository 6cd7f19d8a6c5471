"""Each operation writes one JSON line with its story's id, and nothing of what was said in it."""

import json
import logging
import sys

import pytest

sys.path.insert(0, __file__.rpartition("/")[0] + "/log")
from log_examples import append, note, opened

from opc_kernel.backup.backup import backup
from opc_kernel.log.errors import DatabaseFailed, QueryFailed, QueryRefused, VersionConflict
from opc_kernel.log.pending import Pending
from opc_kernel.telemetry import note as noted
from opc_kernel.telemetry import operation

SECRET = "canary-4711"


@pytest.fixture
def lines(caplog):
    caplog.set_level(logging.INFO, "opc_kernel")

    def taken():
        found = [json.loads(record.getMessage()) for record in caplog.records]
        caplog.clear()
        return found

    return taken


@pytest.fixture
def log(tmp_path, lines):
    with opened(tmp_path / "acme") as log:
        (line,) = lines()
        assert (line["event"], line["outcome"], line["position"]) == ("open", "done", 0)
        yield log


def test_an_append(log, lines):
    append(log, note("a", SECRET, event_id="one", correlation_id="story"), note("a", SECRET))
    (line,) = lines()
    assert (line["event"], line["outcome"], line["level"]) == ("append", "done", "info")
    assert (line["correlation_id"], line["events"], line["position"], line["repeated"]) == (
        "story",
        2,
        2,
        False,
    )
    assert line["duration_ms"] > 0
    assert line["timestamp"].endswith("Z")


def test_an_append_without_a_story_begins_one(log, lines):
    append(log, note("a", event_id="one"))
    assert lines()[0]["correlation_id"] == "one"


def test_a_refusal_is_named(log, lines):
    with pytest.raises(VersionConflict):
        append(log, note("a", SECRET, correlation_id="story"), a=5)
    (line,) = lines()
    assert (line["outcome"], line["correlation_id"], line["level"]) == ("VersionConflict", "story", "info")


@pytest.mark.parametrize(
    ("sql", "outcome", "error"),
    [
        ("SELECT count(*) FROM note WHERE text = $text", "done", None),
        ("SELECT ($text)::INTEGER", "QueryFailed", QueryFailed),
        (f"SELECT getenv('{SECRET}')", "QueryRefused", QueryRefused),
    ],
)
def test_a_question(log, lines, sql, outcome, error):
    parameters = {"text": SECRET} if "$text" in sql else {}
    if error:
        with pytest.raises(error):
            log.query(sql, **parameters)
    else:
        log.query(sql, **parameters)
    (line,) = lines()
    assert (line["event"], line["outcome"], len(line["correlation_id"])) == ("query", outcome, 26)
    assert SECRET not in json.dumps(line)


@pytest.mark.parametrize("verb", ["verify", "rebuild", "differences"])
def test_the_other_verbs(log, lines, verb):
    append(log, note("a", SECRET))
    lines()
    getattr(log, verb)()
    (line,) = lines()
    assert line["outcome"] == "done"
    assert line["position"] == 1
    assert "correlation_id" in line


def test_a_backup(log, lines, tmp_path):
    append(log, note("a", SECRET))
    lines()
    backup(log, tmp_path / "acme", tmp_path / "copy", beside=[], opener=opened, quick=True)
    (line,) = lines()
    assert (line["event"], line["outcome"], line["position"]) == ("backup", "done", 1)


def test_an_append_whose_database_failed_says_so_without_its_words(log, lines, monkeypatch):
    def fail(*_):
        raise DatabaseFailed(f"Malformed JSON: {SECRET}") from ValueError(SECRET)

    monkeypatch.setattr(Pending, "add", fail)
    append(log, note("a", SECRET))
    behind, line = lines()
    assert (behind["event"], behind["level"], behind["reason"]) == (
        "database behind",
        "warning",
        "ValueError",
    )
    assert line["outcome"] == "done"
    assert SECRET not in json.dumps([behind, line])


def test_what_opening_mended_is_in_its_line(tmp_path, lines):
    with opened(tmp_path / "acme") as log:
        append(log, note("a"))
    (tmp_path / "acme" / "company.duckdb").unlink()
    lines()
    with opened(tmp_path / "acme"):
        (line,) = lines()
    assert line["mended"] == ["1 events were put into the database from the journal"]


def test_an_operation_within_another_belongs_to_its_story(lines):
    with operation("outer", correlation_id="story"), operation("inner"):
        pass
    assert [(line["event"], line["correlation_id"]) for line in lines()] == [
        ("inner", "story"),
        ("outer", "story"),
    ]


def test_an_unexpected_error_is_an_error(lines):
    with pytest.raises(ZeroDivisionError), operation("divide"):
        1 / 0  # noqa: B018 - it is about the error
    (line,) = lines()
    assert (line["outcome"], line["level"]) == ("ZeroDivisionError", "error")


def test_nothing_is_written_when_nobody_listens(capsys):
    with operation("quiet"):
        noted("something")
    assert capsys.readouterr() == ("", "")
