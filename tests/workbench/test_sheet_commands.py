"""`workbench sheets`: what a person and a script are told, and that a key is kept and never shown."""

import json
import os

import openpyxl
import pytest
from sheet_faces import busy
from typer.testing import CliRunner

from workbench.cli.main import app
from workbench.company import company_id
from workbench.sheets.credentials import VARIABLE, NotConnected, google_credentials
from workbench.sheets.faces import FILE

SECRET = "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkq\n-----END PRIVATE KEY-----\n"
SERVICE = {
    "type": "service_account",
    "client_email": "robot@acme.iam.gserviceaccount.com",
    "private_key": SECRET,
    "token_uri": "https://oauth2.googleapis.com/token",
}
USER = {"type": "authorized_user", "client_id": "1", "client_secret": SECRET, "refresh_token": SECRET}
CLIENT = {"installed": {"client_id": "1", "client_secret": SECRET}}


@pytest.fixture
def run(monkeypatch):
    monkeypatch.setenv("WORKBENCH_LOG", os.devnull)

    def running(*arguments, company):
        done = CliRunner().invoke(app, [*arguments, "--company", str(company)])
        assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
        assert SECRET.splitlines()[1] not in done.output
        return done

    return running


@pytest.fixture
def office(shop):
    return busy(shop)


def key_file(tmp_path, content):
    path = tmp_path / "key.json"
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return path


# sync


def test_a_sync_says_for_each_face_what_it_did(run, office):
    path = office.folder / "sheets" / "approvals.xlsx"

    first, second = (run("sheets", "sync", company=office.folder) for _ in range(2))

    assert first.exit_code == second.exit_code == 0
    assert first.stdout == f"Excel, {path}\n  3 rows added.\n"
    assert second.stdout == f"Excel, {path}\n  Nothing new on either side.\n"


def test_a_workbook_that_was_asked_for_is_there_before_the_first_row(run, shop):
    assert run("sheets", "sync", company=shop.folder).exit_code == 0

    book = openpyxl.load_workbook(shop.folder / FILE)
    assert [sheet.title for sheet in book if sheet.sheet_state == "visible"] == [
        "Approvals",
        "How this works",
    ]
    assert book["Approvals"].max_row == 1


def test_a_script_is_told_the_same_in_a_line_a_face(run, office):
    path = office.folder / "sheets" / "approvals.xlsx"
    run("sheets", "sync", company=office.folder)
    book = openpyxl.load_workbook(path)
    for line in book["Approvals"].iter_rows(min_row=2):
        line[11].value = {"proposal": "approve"}.get(line[3].value, "perhaps")
    book.save(path)

    done = run("sheets", "sync", "--json", company=office.folder)

    (told,) = [json.loads(line) for line in done.stdout.splitlines()]
    assert (told["face"], told["sheet"], told["trouble"]) == ("excel", str(path), "")
    assert [each["decision"] for each in told["decisions"]] == ["approve"]
    assert len(told["conflicts"]) == 2
    assert told["conflicts"][0]["message"].startswith("“perhaps” is not one of: answer, ")


def test_a_face_that_failed_is_told_and_makes_the_exit_code_one(run, office):
    path = office.file("no workbook", "broken.xlsx")

    done = run("sheets", "sync", "--excel", str(path), company=office.folder)
    as_json = run("sheets", "sync", "--excel", str(path), "--json", company=office.folder)

    assert (done.exit_code, as_json.exit_code) == (1, 1)
    assert f"{path}: cannot be read" in done.stderr
    assert "the next sync makes a new one" in done.stderr
    assert json.loads(as_json.stdout)["trouble"].startswith(f"{path}: cannot be read")
    assert path.read_text() == "no workbook"


def test_a_google_spreadsheet_without_a_word_who_may_see_it_is_refused(run, office):
    done = run("sheets", "sync", "--google", "x" * 44, company=office.folder)

    assert done.exit_code == 1
    assert "[sheets.google] shared_with" in done.stderr


# connect


@pytest.mark.parametrize("content", [SERVICE, USER], ids=["service account", "user"])
def test_a_key_is_kept_outside_the_company_for_this_user_alone(run, office, tmp_path, content):
    done = run("sheets", "connect", str(key_file(tmp_path, content)), company=office.folder)

    kept = google_credentials(office.folder)
    assert done.exit_code == 0, done.stderr
    assert json.loads(kept.read_text()) == content
    assert kept.name == f"{company_id(office.folder)}.json"
    assert (kept.stat().st_mode & 0o777, kept.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    assert not kept.is_relative_to(office.folder)


def test_an_app_asks_for_consent_and_what_that_gives_is_kept(run, office, tmp_path, monkeypatch):
    path = key_file(tmp_path, CLIENT)
    monkeypatch.setattr("workbench.composition.google_consent", {path: json.dumps(USER)}.get)

    done = run("sheets", "connect", str(path), company=office.folder)

    assert done.exit_code == 0
    assert json.loads(google_credentials(office.folder).read_text()) == USER


def test_whom_to_share_the_spreadsheet_with_is_said(run, office, tmp_path):
    done = run("sheets", "connect", str(key_file(tmp_path, SERVICE)), company=office.folder)

    assert "Share the spreadsheet with robot@acme.iam.gserviceaccount.com, as an editor." in done.stdout


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (SECRET, "it is no JSON object"),
        (json.dumps([SECRET]), "it is no JSON object"),
        ({**SERVICE, "type": "magic"}, "it is of no kind that is known here"),
        ({"web": CLIENT["installed"]}, "it is an OAuth client for a web site"),
        ({"type": "service_account", "private_key": SECRET}, "as service account it lacks client_email, token_uri"),
        (SECRET * 2_000, "it is larger than 65,536 bytes"),
    ],
)  # fmt: skip
def test_what_is_no_key_is_refused_without_a_word_of_it(run, office, tmp_path, content, problem):
    done = run("sheets", "connect", str(key_file(tmp_path, content)), company=office.folder)

    assert done.exit_code == 1
    assert problem in done.stderr
    with pytest.raises(NotConnected):
        google_credentials(office.folder)


def test_the_environment_may_name_another_key(office, tmp_path, monkeypatch):
    path = key_file(tmp_path, SERVICE)
    monkeypatch.setenv(VARIABLE, str(path))
    assert google_credentials(office.folder) == path

    path.unlink()
    with pytest.raises(NotConnected, match="sheets connect"):
        google_credentials(office.folder)


# deciding in bulk


def test_a_bulk_decision_names_its_rows(run, office):
    names = [row.short for row in office.queue() if row.kind == "question"]

    done = run("queue", "reject", *names, company=office.folder)

    assert done.exit_code == 0
    assert [line.partition(":")[0] for line in done.stdout.splitlines()] == names


@pytest.mark.parametrize("everything", ["all", "*", "", " ", "proposal", "proposal/", "p", "question/", "/"])
def test_there_is_no_word_for_everything_that_is_shown(run, office, everything):
    done = run("queue", "approve", everything, company=office.folder)

    assert done.exit_code == 2
    assert {row.state for row in office.queue()} == {"open"}
    assert len(office.queue()) == 3


@pytest.mark.parametrize("option", ["--all", "--everything", "-a"])
def test_there_is_no_option_for_it_either(run, office, option):
    assert run("queue", "approve", option, company=office.folder).exit_code == 2
