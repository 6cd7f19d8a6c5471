"""The command line: words instead of tracebacks, exit codes scripts can rely on, one JSON object a line."""

import json
import os
import shlex
import shutil
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from shop import IBAN, Shop, statement
from typer.testing import CliRunner

from opc_kernel.approvals.pace import Pace
from opc_kernel.approvals.triage import plan
from opc_kernel.log.errors import FolderReadOnly
from workbench.cli.main import app
from workbench.summary import plan_text, row_text

SANDTOR = "RE-2026-001,out,Sandtor GmbH,2026-10-01,2026-10-15,1190.00,EUR"
PAYMENTS = """
2026-10-10, 1187.50, Sandtor GmbH, RE-2026-001
2026-10-11, 5.00, Kiosk, change
2026-10-12, -7.00, Kiosk, coffee
2026-10-13, -38.56, Hetzner, server
"""
COMMANDS = [
    "ingest x.csv",
    "work",
    "sql SELECT+1",
    "up",
    "summary",
    "queue list",
    "queue list --minutes 20",
    "queue show 1",
    "queue approve 1",
    "queue edit 1 --content x",
    "queue reject 1",
    "queue defer 1 --until 2030-01-01",
    "queue ask 1 --note x",
    "queue answer 1 --choice x",
    "task list",
    "task show 1",
    "task retry 1",
    "task cancel 1",
    "task resolve 1 --skip",
    "work --dry-run",
    "hold",
    "release",
    "health",
    "log tail",
    "log verify",
    "log rebuild",
    "log rebuild --check",
    "log rebuild --from-journal",
    "log export",
    "log import x.jsonl",
    "log erase --stream x/y",
    "log backup nowhere/at/all",
    "doctor",
    "doctor --moved",
    "doctor --copied",
    "sheets sync",
    "sheets connect x.json",
    "invoice list",
    "invoice add --number 1 --customer x --amount 1 --issued 2026-01-01",
    "rate add USD 1 --on 2026-01-01",
    "rule list",
    "rule drop x",
    "agent list",
    "model list",
    "model check",
    "model connect a.example",
]


def words(command):
    return [word.replace("+", " ") for word in command.split()]


@pytest.fixture
def run(monkeypatch):
    """Return what runs a command in this process and makes sure that it ends in words."""
    monkeypatch.setenv("WORKBENCH_LOG", os.devnull)

    def running(*arguments, company=None):
        given = [*arguments] if company is None else [*arguments, "--company", str(company)]
        done = CliRunner().invoke(app, given)
        assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
        assert "Traceback" not in done.output
        return done

    return running


@pytest.fixture(scope="module")
def busy_folder(tmp_path_factory):
    """Return the folder of a company in which a proposal and two questions wait."""
    shop = Shop(tmp_path_factory.mktemp("busy") / "acme")
    shop.invoices(SANDTOR)
    shop.pay(PAYMENTS)
    shop.work()
    shop.company.close()
    return shop.folder


@pytest.fixture
def busy(busy_folder, tmp_path, found):
    shutil.copytree(busy_folder, tmp_path / "acme")
    return found()


def lines(done):
    return [json.loads(line) for line in done.stdout.splitlines()]


# exit codes


def test_a_company_is_made_once(run, tmp_path):
    first = run("init", str(tmp_path / "acme"))
    second = run("init", str(tmp_path / "acme"))

    assert (first.exit_code, second.exit_code) == (0, 1)
    assert second.stderr.splitlines() == [
        f"{tmp_path / 'acme'} is not empty.",
        "Name a new folder; nothing was changed.",
    ]
    assert (tmp_path / "acme").stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize(
    "command", ["", "queue", "dance", "queue dance", "queue show", "queue approve", "ingest"]
)
def test_wrong_usage_is_two(run, command):
    assert run(*words(command)).exit_code == 2


@pytest.mark.parametrize("command", COMMANDS)
def test_a_folder_without_a_company_is_named_in_every_command(run, tmp_path, monkeypatch, command):
    monkeypatch.chdir(tmp_path)
    done = run(*words(command), company=tmp_path)

    assert (done.exit_code, done.stdout) == (1, "")
    assert f"{tmp_path} holds no company." in done.stderr
    assert "workbench init" in done.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        (b"zone = ", "can't be used"),
        (b'zone = "Mars/Olympus"', "'Mars/Olympus' is no IANA time zone"),
        (b'colour = "red"', "colour: There is no such field"),
        (b'[books]\nauto_limit = "much"', "books.auto_limit"),
        (b'[sheets]\ntabs = "many"', "sheets.tabs"),
        (b"[sheets]\nevery_s = 0", "sheets.every_s"),
        (b'[sheets.google]\nspreadsheet = "my sheet"', "'my sheet' is neither the address of a Google"),
        (
            b'[sheets.google]\nspreadsheet = "https://docs.google.com.evil.example/spreadsheets/d/x"',
            "neither",
        ),
        (b'[sheets.google]\nspreadsheet = "1aB-_5678901234567890123"', "shared_with must name who may see"),
        (
            b'[sheets.google]\nshared_with = ["everybody"]',
            "sheets.google.shared_with: 'everybody' is neither an address such as",
        ),
        (
            b'[sheets.google]\nshared_with = "you@example.com"',
            "shared_with: Input should be a list, in square brackets",
        ),
        (
            b'[sheets.google]\ncolumns = ["summary", "colour"]',
            "'colour' is no column; they are at_stake, kind",
        ),
        (b"[sheets.google]\ncolumns = []", "sheets.google.columns"),
        (b'[[account]]\nid = "1"\nname = "x"\ncurrency = "euro"', "account.0.currency"),
        (
            b'[[books.rule]]\ncategory = "tax"\ncontains = ["tax", " "]\ndirection = "out"',
            "books.rule.0.contains.1",
        ),
        (b'name = "\xff"', "byte 8 is no UTF-8"),
        (None, "Is a directory"),
    ],
)
@pytest.mark.parametrize("command", ["queue list", "work", "log verify", "agent list"])
def test_wrong_settings_are_named(run, blank, tmp_path, settings, reason, command):
    folder = shutil.copytree(blank, tmp_path / "acme")
    (folder / "workbench.toml").unlink()
    if settings is None:
        (folder / "workbench.toml").mkdir()
    else:
        (folder / "workbench.toml").write_bytes(settings)

    done = run(*words(command), company=folder)

    assert done.exit_code == 1
    assert reason in done.stderr
    assert "workbench.toml" in done.stderr


def test_what_waits_is_three_and_nothing_is_nought(run, busy, found):
    assert run("queue", "list", company=busy.folder).exit_code == 3
    quiet = run("queue", "list", company=found(name="quiet").folder)
    assert (quiet.exit_code, quiet.stdout) == (0, "Nothing waits for you.\n")


@pytest.mark.parametrize(
    "command", ["queue show nosuch", "queue approve nosuch", "task show nosuch", "task retry nosuch"]
)
def test_a_name_nobody_has_is_wrong_usage(run, busy, command):
    done = run(*words(command), company=busy.folder)

    assert done.exit_code == 2
    assert "'nosuch'" in done.stderr
    assert "See 'workbench " in done.stderr


def test_a_name_two_have_is_wrong_usage_and_decides_nothing(run, busy, monkeypatch):
    two = [row for row in busy.queue() if row.kind == "question"]
    monkeypatch.setattr("opc_kernel.approvals.queue.find_row", lambda *_: two)
    done = run("queue", "reject", "question/0", company=busy.folder)

    assert done.exit_code == 2
    assert "could be 2 of them. " in done.stderr.replace("\n", " ")
    assert len(busy.queue()) == 3


def test_a_folder_another_program_holds_is_named_with_its_holder(run, tmp_path, monkeypatch):
    from functools import partial

    from opc_kernel.log.lock import FolderLock
    from workbench import company

    run("init", str(tmp_path / "acme"))
    monkeypatch.setattr(company, "open_briefly", partial(company.open_briefly, wait_s=0))
    with FolderLock(tmp_path / "acme"):
        done = run("queue", "list", company=tmp_path / "acme")

    assert done.exit_code == 1
    assert f"(process {os.getpid()} on " in done.stderr
    assert "Wait until it ends" in done.stderr


@pytest.mark.parametrize(
    "statement", ["DROP TABLE event", "SELECT * FROM nowhere", "SELEC", "SELECT 1; SELECT 2", ""]
)
def test_a_question_that_is_none_is_refused_in_words(run, busy, statement):
    done = run("sql", statement, company=busy.folder)

    assert (done.exit_code, done.stdout) == (1, "")
    assert done.stderr


def test_a_folder_whose_name_is_no_text_takes_no_company_and_no_backup(run, busy, tmp_path):
    odd = tmp_path / "caf\udce9"

    for command in (["init", str(odd)], ["log", "restore", str(tmp_path), str(odd)]):
        told = run(*command)
        assert (told.exit_code, "caf\\udce9' is no text" in told.stderr) == (1, True)
    told = run("log", "backup", str(odd), company=busy.folder)
    assert (told.exit_code, "its name is no text" in told.stderr) == (1, True)
    assert not odd.exists()
    shutil.copytree(busy.folder, odd)
    assert "no company can live there" in run("queue", "list", company=odd).stderr


@pytest.mark.parametrize(
    "command",
    ["sql SELECT+\udcff", "log erase --containing a\udcffb --yes", "rate add USD \udcff --on 2026-01-01"],
)
def test_what_is_no_text_is_wrong_usage(run, busy, command):
    told = run(*words(command), company=busy.folder)

    assert told.exit_code == 2
    assert "is no text" in told.stderr


def test_an_empty_folder_is_told_and_no_failure(run, busy, tmp_path):
    (tmp_path / "inbox").mkdir()
    told = run("ingest", str(tmp_path / "inbox"), company=busy.folder)

    assert (told.exit_code, told.stdout, told.stderr) == (0, "", "There is no file to take in.\n")


@pytest.mark.parametrize("command", [command for command in COMMANDS if command != "summary"])
def test_the_help_says_what_each_option_and_argument_does(command):
    from typer.main import get_command

    found = get_command(app)
    for word in words(command):
        found = getattr(found, "commands", {}).get(word, found)
    assert [each.name for each in found.params if not getattr(each, "help", None)] == []


def test_a_command_that_is_told_can_be_pasted_into_a_shell(run, tmp_path):
    folder = tmp_path / "my company"
    command = shlex.split(run("init", str(folder)).stdout.partition("into it: workbench ")[2])

    assert command == ["ingest", "--company", str(folder), "STATEMENT"]


# JSON


@pytest.mark.parametrize(
    "command",
    [
        "queue list",
        "task list",
        "task list --all",
        "invoice list --all",
        "agent list",
        "log tail",
        "log verify",
        "work",
        "hold",
        "health",
    ],
)
def test_each_line_of_a_list_is_one_json_object(run, busy, command):
    done = run(*words(command), "--json", company=busy.folder)

    assert done.exit_code in (0, 3)
    assert lines(done)
    assert all(isinstance(each, dict) for each in lines(done))


def test_a_row_and_a_task_are_json_too(run, busy):
    row = busy.queue()[0]

    assert lines(run("queue", "show", row.key, "--json", company=busy.folder))[0]["hash"] == row.hash
    (task,) = lines(run("task", "show", row.task, "--json", company=busy.folder))
    assert [event["type"] for event in task["story"]][:2] == ["bank.transaction_booked", "task.requested"]


def test_whatever_sql_answers_is_json(run, busy):
    odd = (
        "SELECT uuid() AS a, 'nan'::DOUBLE AS b, INTERVAL 1 DAY AS c, TIME '10:00' AS d, '\\xAA'::BLOB AS e, "
        "{'x': [1, NULL]} AS f, 1e300 AS g, 12.50::DECIMAL(9, 2) AS h, 170141183460469231731687303715884105727 AS i"
    )

    (record,) = lines(run("sql", odd, "--json", company=busy.folder))

    assert (record["b"], record["f"], record["h"]) == (None, {"x": [1, None]}, "12.50")


SHAPE = {"path", "format", "status", "reason", "statements"}
OF_A_STATEMENT = {"account", "currency", "opening", "closing", "transactions"}
OF_A_TRANSACTION = {
    "booked_on",
    "value_on",
    "amount",
    "currency",
    "counterparty",
    "text",
    "reference",
    "state",
}


def test_a_dry_run_tells_each_file_in_the_documented_shape(run, shop):
    good = shop.file(statement("2026-10-10, 1190.00, Sandtor GmbH, RE-2026-001"))
    bad = shop.file("a letter", "letter.dat")
    listed = shop.file("date,base,quote,rate\n2026-10-09,USD,EUR,0.86\n", "rates.csv")

    done = run("ingest", "--dry-run", "--json", str(good), str(bad), str(listed), company=shop.folder)

    first, second, third = lines(done)
    assert done.exit_code == 1
    assert [set(each) for each in (first, second, third)] == [SHAPE] * 3
    assert (first["path"], first["format"], first["status"], first["reason"]) == (
        str(good),
        "csv",
        "read",
        None,
    )
    assert (second["format"], second["status"], second["statements"]) == (None, "refused", [])
    assert "letter.dat is refused" in second["reason"]
    assert (third["format"], third["status"], third["statements"]) == ("rates", "read", [])
    (told,) = first["statements"]
    assert set(told) == OF_A_STATEMENT
    assert (told["account"], told["currency"], told["opening"], told["closing"]) == (IBAN, "EUR", None, None)
    (line,) = told["transactions"]
    assert set(line) == OF_A_TRANSACTION
    assert (line["booked_on"], line["amount"], line["state"]) == ("2026-10-10", "1190.00", "booked")
    assert (line["counterparty"], line["text"]) == ("Sandtor GmbH", "RE-2026-001")
    assert shop.count() == 0


# ingest


def test_a_folder_is_taken_by_name_without_what_is_hidden(run, shop):
    shop.file(statement("2026-10-10, 1.00, A, b"), "b/2.csv")
    shop.file(statement("2026-10-11, 1.00, A, b"), "a.csv")
    shop.file("secret", ".hidden.csv")

    done = run("ingest", str(shop.inbox), company=shop.folder)

    assert done.exit_code == 0
    assert [line.split(" (")[0] for line in done.stdout.splitlines()] == ["✓ a.csv", "✓ 2.csv"]


def test_one_refused_file_does_not_stop_the_others(run, shop):
    shop.file("a letter", "1.dat")
    shop.file(statement("2026-10-11, 1.00, A, b"), "2.csv")

    done = run("ingest", str(shop.inbox), str(shop.inbox / "gone.csv"), company=shop.folder)

    assert done.exit_code == 1
    assert [line[0] for line in done.stdout.splitlines() if line[0] != " "] == ["✗", "✓", "✗"]
    assert shop.booked() == ["2026-10-11 1.00 b"]


# decisions


def test_a_bulk_decision_names_its_rows(run, busy):
    questions = [row for row in busy.queue() if row.kind == "question"]

    done = run(
        "queue", "reject", *(row.short for row in questions), "--reason", "private", company=busy.folder
    )

    assert done.exit_code == 0
    assert done.stdout.splitlines() == [f"{row.short}: reject recorded" for row in questions]
    assert [busy.again(row).note for row in questions] == ["private", "private"]


def test_of_many_rows_the_refused_one_is_told_and_the_others_are_taken(run, busy):
    proposal, question, _ = busy.queue()

    done = run("queue", "approve", question.short, proposal.short, company=busy.folder)

    assert done.exit_code == 1
    assert f"{question.short}: 'approve' is no decision for this row" in done.stderr
    assert done.stdout == f"{proposal.short}: approve recorded\n"


def test_no_option_decides_everything_that_is_shown(run):
    for word in ("approve", "reject", "defer"):
        assert "--all" not in run("queue", word, "--help").stdout


def test_each_decision_of_the_shell_says_channel_and_account(run, busy, monkeypatch):
    monkeypatch.setenv("LOGNAME", "aushilfe")
    proposal, question, other = busy.queue()
    tomorrow = (date.today() + timedelta(days=400)).isoformat()  # noqa: DTZ011 - far from any zone's today

    for arguments in (
        ("edit", proposal.short, "--content", "discount", "--note", "agreed"),
        ("answer", question.short, "--choice", "2"),
        ("defer", other.short, "--until", tomorrow),
    ):
        assert run("queue", *arguments, company=busy.folder).exit_code == 0

    rows = [busy.again(row) for row in (proposal, question, other)]
    assert [(row.channel, row.account) for row in rows] == [("cli", "aushilfe")] * 3
    assert [row.answer for row in rows] == ["discount", question.options[1].id, ""]
    assert all(row.first_shown_at for row in rows)
    assert [row.summary for row in busy.queue()] == ["Remember of Sandtor GmbH: agreed"]


def test_a_question_back_needs_its_note_and_brings_a_new_row(run, busy):
    question = busy.queue()[2]

    assert run("queue", "ask", question.short, company=busy.folder).exit_code == 2
    assert run("queue", "ask", question.short, "--note", "Who?", company=busy.folder).exit_code == 0
    assert any("You asked: “Who?”" in row.reason for row in busy.queue())


def test_a_row_is_shown_whole(run, busy):
    proposal = busy.queue()[0]

    shown = run("queue", "show", proposal.short, company=busy.folder).stdout

    assert "Settle RE-2026-001 of Sandtor GmbH with 1,187.50 EUR, 2.50 EUR short" in shown
    assert "Content: bank-fees" in shown
    assert "Decide with: approve, edit, reject, defer, ask" in shown


# tasks


@pytest.mark.parametrize(
    ("arguments", "state"),
    [
        (("cancel",), "cancelled"),
        (("resolve", "--skip"), "cancelled"),
        (("resolve", "--done-by-hand"), "reconciled"),
        (("retry",), "blocked"),
    ],
)
def test_a_task_that_waits_can_be_ended_and_its_row_goes_with_it(run, busy, arguments, state):
    row = busy.queue()[2]
    verb, *rest = arguments

    done = run("task", verb, row.task, *rest, "--note", "by hand", company=busy.folder)

    assert done.exit_code == 0
    assert busy.ask("SELECT state FROM task WHERE stream = $task", task=row.task) == [(state,)]
    assert len(busy.queue()) == (3 if state == "blocked" else 2)
    assert busy.again(row).state == "replaced"


def test_a_finished_task_stays_finished(run, busy):
    ((done,),) = busy.ask(
        "SELECT stream FROM task WHERE state = 'reconciled' AND kind = 'books.settle_transaction'"
    )

    told = run("task", "retry", done, company=busy.folder)

    assert told.exit_code == 1
    assert "is reconciled and can't become requested." in told.stderr


def test_resolve_wants_to_know_how(run, busy):
    assert run("task", "resolve", busy.queue()[0].task, company=busy.folder).exit_code == 2


# invoices and rates


def test_an_invoice_is_recorded_once_and_never_changed(run, shop):
    add = [
        "invoice",
        "add",
        "--number",
        "RE-1",
        "--customer",
        "Sandtor",
        "--issued",
        "2026-10-01",
        "--amount",
    ]

    told = [
        run(*add, amount, company=shop.folder) for amount in ("5.00", "5.00", "6.00", "-1", "much", "NaN")
    ]

    assert [each.exit_code for each in told] == [0, 0, 1, 1, 1, 1]
    assert "was recorded before" in told[1].stdout
    assert "recorded already, with other content" in told[2].stderr
    assert "workbench invoice list --all" in told[2].stderr
    assert shop.ask("SELECT amount::VARCHAR FROM invoice") == [("5.0000",)]


@pytest.mark.parametrize(
    ("base", "rate", "on"), [("USD", "0", "2026-10-01"), ("dollar", "1", "2026-10-01"), ("USD", "1", "1.10.")]
)
def test_a_rate_that_is_none_is_refused(run, shop, base, rate, on):
    done = run("rate", "add", base, rate, "--on", on, company=shop.folder)

    assert done.exit_code == 1
    assert shop.count() == 0


def test_a_rate_is_never_changed_and_the_hint_shows_it(run, shop):
    for rate, code in (("0.91", 0), ("0.92", 1)):
        done = run("rate", "add", "USD", rate, "--on", "2026-10-01", company=shop.folder)
        assert done.exit_code == code
    hint = done.stderr.splitlines()[1]
    assert hint == """See 'workbench sql "FROM rate"'."""
    assert "0.91" in run("sql", "FROM rate", company=shop.folder).stdout


# the log


def test_verify_and_rebuild_say_that_all_is_well(run, busy):
    assert "all is as it was written" in run("log", "verify", company=busy.folder).stdout
    assert run("log", "rebuild", "--check", company=busy.folder).exit_code == 0


def test_a_touched_journal_is_told_by_verify_and_only_one(run, busy):
    busy.company.close()
    segment = next((busy.folder / "journal").iterdir())
    segment.write_bytes(segment.read_bytes().replace(b"Kiosk", b"Kiask"))

    done = run("log", "verify", company=busy.folder)

    assert done.exit_code == 1
    assert "places differ" in done.stdout


def test_a_read_only_company_is_verified_and_not_opened(run, busy, monkeypatch):
    busy.company.close()

    def refuse(folder, **_):
        raise FolderReadOnly(folder, "Read-only file system")

    monkeypatch.setattr("workbench.maintenance.open_company", refuse)
    monkeypatch.setattr("workbench.composition.open_log", refuse)
    verified = run("log", "verify", company=busy.folder)
    listed = run("queue", "list", company=busy.folder)

    assert (verified.exit_code, listed.exit_code) == (0, 1)
    assert "can't be written: Read-only file system." in listed.stderr
    assert "'workbench log verify' works as it is" in listed.stderr


def test_a_backup_becomes_a_company_again(run, busy, tmp_path):
    (busy.folder / "raw" / "note.txt").write_text("kept")
    before = busy.books()

    backed = run("log", "backup", str(tmp_path / "backup"), company=busy.folder)
    restored = run("log", "restore", str(tmp_path / "backup"), str(tmp_path / "restored"))

    assert (backed.exit_code, restored.exit_code) == (0, 0)
    position = busy.count() - 1  # the last event says that there is a backup
    assert backed.stdout.startswith(f"{tmp_path / 'backup'} holds everything up to position {position}.")
    assert "It lies on the disk of the company itself" in backed.stdout
    assert "Nothing leaves it until you say what it is" in restored.stdout
    again = run(
        "sql",
        "SELECT amount::DECIMAL(9, 2) AS amount FROM ledger ORDER BY booked_on",
        "--json",
        company=tmp_path / "restored",
    )
    assert len(lines(again)) == len(before)
    assert (tmp_path / "restored" / "raw" / "note.txt").read_text() == "kept"
    assert run("log", "verify", company=tmp_path / "restored").exit_code == 0


def test_an_encrypted_backup_wants_its_passphrase_from_the_environment(run, busy, tmp_path, monkeypatch):
    target = str(tmp_path / "backup")
    refused = run("log", "backup", target, "--encrypt", company=busy.folder)
    monkeypatch.setenv("WORKBENCH_BACKUP_PASSPHRASE", "four words and more")
    made = run("log", "backup", target, "--encrypt", "--quick", company=busy.folder)
    monkeypatch.delenv("WORKBENCH_BACKUP_PASSPHRASE")
    unread = run("log", "restore", target, str(tmp_path / "restored"))

    assert (refused.exit_code, made.exit_code, unread.exit_code) == (1, 0, 1)
    for done in (refused, unread):
        assert "is encrypted, and no passphrase was given" in done.stderr
        assert "WORKBENCH_BACKUP_PASSPHRASE" in done.stderr
    assert not (tmp_path / "restored").exists()


def test_a_backup_that_exists_grows(run, busy, tmp_path):
    for _ in range(2):
        assert run("log", "backup", str(tmp_path / "backup"), "--quick", company=busy.folder).exit_code == 0

    assert busy.ask("SELECT count(*) FROM event WHERE type = 'log.backed_up'") == [(2,)]


def test_restoring_over_something_is_refused(run, busy, tmp_path):
    run("log", "backup", str(tmp_path / "backup"), "--quick", company=busy.folder)
    done = run("log", "restore", str(tmp_path / "backup"), str(busy.folder))

    assert (done.exit_code, done.stdout) == (1, "")
    assert "exists already" in done.stderr


def test_a_folder_that_is_no_backup_is_not_restored(run, busy, tmp_path):
    done = run("log", "restore", str(busy.folder), str(tmp_path / "restored"))

    assert done.exit_code == 1
    assert "is no backup: it has no backup.json" in done.stderr


@pytest.mark.parametrize("target", ["inside/backup", "../acme-inbox", "."])
def test_a_backup_goes_to_a_new_folder_outside(run, busy, target):
    busy.file("a letter", "letter.dat")

    done = run("log", "backup", str(busy.folder / target), company=busy.folder)

    assert done.exit_code == 1
    assert "No backup was written" in done.stderr


def test_a_folder_that_cannot_be_written_is_told_in_words(run, busy, monkeypatch):
    def refuse(*_, **__):
        raise PermissionError(13, "Permission denied", "/acme/sheets")

    monkeypatch.setattr("workbench.composition.excel_workbook", refuse)
    done = run("sheets", "sync", company=busy.folder)

    assert done.exit_code == 1
    assert done.stderr.strip().startswith("/acme/sheets: Permission denied.")


def test_what_fits_into_few_minutes_is_listed_and_what_can_wait_is_counted(run, busy):
    done = run("queue", "list", "--minutes", "1", company=busy.folder)
    (whole,) = lines(run("queue", "list", "--minutes", "1", "--json", company=busy.folder))

    head, first, nothing, waits = done.stdout.splitlines()
    assert (done.exit_code, head, nothing) == (3, "1 row, about 47 s of 1 min:", "")
    assert first.split()[1:4] == ["47", "s", "1,187.50"]
    assert waits == "Can wait: 2 rows, at most 12.00 EUR at stake, none with a deadline."
    assert [len(whole[group]) for group in ("fits", "due", "can_wait")] == [1, 0, 2]
    assert (whole["fits"][0]["row"]["at_stake"], whole["seconds"]) == ("1187.5000", 47)
    assert (whole["at_stake"], whole["worth_unknown"], whole["due_first"]) == ("12.0000", 0, None)


def test_a_list_for_some_minutes_shows_no_more_than_it_lists(run, busy):
    run("queue", "list", "--minutes", "1", company=busy.folder)

    assert [row.first_shown_at is not None for row in busy.queue()] == [True, False, False]


def test_a_plan_says_what_is_due_and_what_alone_takes_too_long(busy):
    first, second, third = busy.queue()
    due = [replace(second, expires_at=busy.company.now + timedelta(days=2)), first]
    far = [replace(third, expires_at=busy.company.now + timedelta(days=30), at_stake=None, amount=Decimal(1))]
    slow = Pace(learnt_s={"proposal": 700, "question": 700})

    told = plan_text(
        plan([*due, *far], minutes=5, pace=slow, now=busy.company.now), busy.company.settings
    ).splitlines()

    assert told[0] == "The first row alone takes about 12 min, more than the 5 min there are:"
    assert "no recent rate" in told[1]
    assert told[3] == "Due soon, and there is no time for it:"
    assert told[4].endswith(f"{second.summary} (due 04 Nov 2026, 10:00)")
    assert told[6] == "Can wait: 1 row, at most 1,187.50 EUR at stake, none with a deadline."


def test_the_times_in_a_plan_add_up_to_its_total(busy):
    pace = Pace(learnt_s={"proposal": 70, "question": 70})

    told = plan_text(plan(busy.queue(), minutes=5, pace=pace, now=busy.company.now), busy.company.settings)

    head, *rows = told.splitlines()
    assert head == "3 rows, about 4 min of 5 min:"
    assert [row.split()[1:3] for row in rows] == [["70", "s"]] * 3


def test_a_row_that_nobody_answered_is_shown_without_an_answer(busy):
    row = replace(busy.queue()[0], state="replaced", answer="")

    assert row_text(busy.company, row).splitlines()[-1] == "It is replaced."


@pytest.mark.parametrize("minutes", ["0", "-5", "soon"])
def test_minutes_are_a_number_above_nothing(run, busy, minutes):
    assert run("queue", "list", "--minutes", minutes, company=busy.folder).exit_code == 2


def test_the_summary_says_what_waits(run, busy):
    told = run("summary", company=busy.folder).stdout

    assert "4 transactions from 1 statements on 1 accounts" in told
    assert "1 transactions settled without a question (25%)" in told


def test_the_current_folder_is_the_company_unless_told_otherwise(run, busy, monkeypatch, tmp_path):
    monkeypatch.chdir(busy.folder)
    assert run("queue", "list").exit_code == 3
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("WORKBENCH_COMPANY", str(busy.folder))
    assert run("queue", "list").exit_code == 3


def test_a_copied_company_is_a_company(run, busy, tmp_path):
    busy.company.close()
    copy = shutil.copytree(busy.folder, tmp_path / "copy")

    assert run("queue", "list", company=copy).exit_code == 3
    assert run("log", "verify", company=copy).exit_code == 0


class TestIngestAgain:
    @pytest.fixture
    def missed(self, shop, monkeypatch):
        """A company that refused a good statement, before a fix of ours."""
        from workbench.arrival import Reader
        from workbench.refusal import Refused

        def broken(*_, **__):
            raise Refused("its header is too new", todo="Wait.")

        with monkeypatch.context() as before:
            before.setattr(Reader, "read", broken)
            shop.pay("2026-10-05, 1190.00, Sandtor GmbH, RE-2026-001")
        return shop

    @pytest.mark.parametrize(("option", "booked"), [("--dry-run", 0), ("--yes", 1)])
    def test_shows_the_difference_before_it_is_added(self, missed, run, option, booked):
        done = run("ingest", "--again", option, company=missed.folder)

        assert done.exit_code == 0
        first, second, *rest = done.stdout.splitlines()
        assert first == "✓ giro.csv (csv): 1 would be added, 0 known"
        assert second == "1 kept files read anew; 1 would add something."
        assert rest == ["✓ giro.csv (csv): 1 added, 0 known"] * booked
        assert len(missed.booked()) == booked

    def test_without_an_answer_nothing_is_added(self, missed, run):
        assert run("ingest", "--again", company=missed.folder).exit_code != 0
        assert missed.booked() == []

    @pytest.mark.parametrize("arguments", [("--again", "file.csv"), ()])
    def test_takes_files_or_again_not_both(self, missed, run, arguments):
        assert run("ingest", *arguments, company=missed.folder).exit_code == 2


def test_a_file_that_is_not_clear_is_told_with_every_way_to_read_it(shop, run):
    path = shop.file("Date,Amount,Currency\n01/02/2026,-9.00,EUR\n03/02/2026,-1.00,EUR\n", "open.csv")

    (told,) = lines(run("ingest", "--dry-run", "--json", str(path), company=shop.folder))

    assert (told["format"], told["status"], told["statements"]) == ("csv", "asked", [])
    days = [choice["statements"][0]["transactions"][0]["booked_on"] for choice in told["choices"]]
    assert days == ["2026-02-01", "2026-01-02"]


def test_an_answer_as_csv_opens_with_every_text_as_text(run, busy):
    sql = "SELECT '=1+1' AS what, NULL AS nothing, DATE '2026-11-02' AS day"
    done = run("sql", sql, "--csv", company=busy.folder)

    assert done.stdout_bytes == "\ufeffwhat,nothing,day\r\n'=1+1,,2026-11-02\r\n".encode()
