"""The queue in a Google spreadsheet, whole: from `sheets connect` to a decision, against a stand-in for Google."""

import json
import os
import shutil

import pytest
from sheet_faces import busy
from shop import SETTINGS
from typer.testing import CliRunner

from opc_kernel.log.place import settle
from sheets_sync.testing.google import OWNER, GoogleStandIn
from workbench.cli.main import app
from workbench.company import company_id
from workbench.view_today import out_of_sync

GOOGLE = '[sheets.google]\nspreadsheet = "{}"\nshared_with = ["{}"]\n'


@pytest.fixture
def google(monkeypatch):
    with GoogleStandIn() as stand_in:
        monkeypatch.setenv("WORKBENCH_GOOGLE_ORIGIN", stand_in.url)
        monkeypatch.setenv("WORKBENCH_LOG", os.devnull)
        yield stand_in


@pytest.fixture
def book(google):
    return google.create()


@pytest.fixture
def office(found, google, book, tmp_path):
    """Return a company in which three rows wait, connected to its owner's account."""
    shop = busy(found(SETTINGS + GOOGLE.format(book.id, OWNER)))
    settle(shop.folder, company_id(shop.folder))  # it is founded as a copy of a blank one
    key = {
        "type": "authorized_user",
        "client_id": "1",
        "client_secret": "hush",
        "refresh_token": google.tokens.refresh_token(OWNER),
    }
    (tmp_path / "key.json").write_text(json.dumps(key))
    assert run(shop, "connect", str(tmp_path / "key.json")).exit_code == 0
    return shop


def run(shop, *words):
    done = CliRunner().invoke(app, ["sheets", *words, "--company", str(shop.folder)])
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    assert "hush" not in done.output
    return done


def sync(shop):
    """Sync all faces; return what is told of each."""
    done = run(shop, "sync", "--json")
    return {told["face"]: told for told in map(json.loads, done.stdout.splitlines())}


def enter(google, book, row, word):
    """Type a decision into a row's line, as a person would."""
    hand = google.hand(book.id)
    grid = hand.grid("Approvals")
    number = next(at for at, cells in enumerate(grid) if cells[0] == row.key)
    column = next(cells.index("decision") for cells in grid if "decision" in cells)
    hand.type_in("Approvals", number, column, word)


def proposal(shop):
    return next(row for row in shop.queue() if row.kind == "proposal")


def test_a_decision_typed_into_the_spreadsheet_is_taken_and_shown_everywhere(google, book, office):
    row = proposal(office)
    first = sync(office)
    enter(google, book, row, "approve")

    told = sync(office)

    assert (first["google"]["added"], first["google"]["trouble"]) == (3, "")
    assert told["google"]["decisions"] == [{"key": row.key, "decision": "approve"}]
    decided = office.again(row)
    assert (decided.state, decided.channel, decided.account) == ("approved", "google", OWNER)


def test_what_is_sent_is_recorded_before(google, book, office):
    sync(office)

    (disclosed,) = office.ask("SELECT data FROM event WHERE type = 'sheet.disclosed'")
    told = json.loads(disclosed[0])
    assert told["shared_with"] == [OWNER]
    assert sorted(told["keys"]) == sorted(row.key for row in office.queue())


def test_the_second_decision_on_a_row_is_told_in_its_cell(google, book, office):
    row = proposal(office)
    sync(office)
    office.decide(row, "reject", note="by hand")
    enter(google, book, row, "approve")

    told = sync(office)

    assert told["google"]["decisions"] == []
    assert told["google"]["conflicts"] == [
        {"key": row.key, "message": "this item is settled already, reject recorded (cli, mareike)"}
    ]


def test_revoked_credentials_are_told_and_the_workbook_goes_on(google, book, office):
    sync(office)
    google.tokens.revoke(OWNER)

    told = sync(office)

    assert "revoked" in told["google"]["trouble"]
    assert told["excel"]["trouble"] == ""
    assert "Google Sheets: " in out_of_sync(office.company).text
    google.tokens.allow(OWNER)
    assert sync(office)["google"]["trouble"] == ""
    assert out_of_sync(office.company).text == ""


def test_a_copy_of_the_company_neither_writes_there_nor_takes_decisions(google, book, office, tmp_path):
    row = proposal(office)
    sync(office)
    enter(google, book, row, "approve")
    copy = tmp_path / "copy"
    office.company.close()
    shutil.copytree(office.folder, copy)
    calls = len(google.calls)

    done = CliRunner().invoke(app, ["sheets", "sync", "--json", "--company", str(copy)])

    told = {each["face"]: each for each in map(json.loads, done.stdout.splitlines())}
    assert "copied" in told["google"]["trouble"]
    assert (told["google"]["decisions"], told["excel"]["trouble"]) == ([], "")
    assert len(google.calls) == calls
