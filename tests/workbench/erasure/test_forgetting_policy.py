"""Policies propose whom to forget; the operator decides, the owner of the folder does it, once."""

from datetime import timedelta

import pytest
from forgetting_world import Office, office, where  # noqa: F401 - a fixture
from shop import SETTINGS
from typer.testing import CliRunner

from opc_kernel.event import NEW_STREAM, Write
from workbench.cli.main import app
from workbench.erasure.erasing import Request, carry_out_request
from workbench.memory.forgetting_events import ForgettingApproved, ForgettingDue
from workbench.memory.forgetting_policy import proposed

LEADS = SETTINGS + "\n[memory.forget]\nleads_after_days = 365\n"
MAILS = SETTINGS + "\n[memory.forget]\nmails_after_days = 365\n"


def later(office, settings=LEADS):  # noqa: F811
    """Return the same company more than a year on."""
    office.company.close()
    on = Office(office.folder, settings)
    on.clock.move(days=400)
    return on


@pytest.fixture
def old(office):  # noqa: F811
    """A company in which nothing was heard of Anna for a year; Bert is a customer, Carl wrote lately."""
    office.mail("Anna Vogelsang", "the blue edition", about="Question", at=office.clock.now())
    office.mail("Carl Reiher", "the green edition", at=office.clock.now())
    office.invoices("RE-1,out,Bert Kranich GmbH,2026-10-01,2026-10-15,1190.00,EUR\n")
    office.work()
    return office


def test_without_a_policy_nobody_is_proposed(old):
    on = later(old, SETTINGS)
    on.work()
    assert on.ask("SELECT count(*) FROM forgetting") == [(0,)]
    on.company.close()


def test_a_lead_of_whom_nothing_was_heard_is_proposed_and_forgotten_when_approved(old):
    on = later(old)
    on.mail("Carl Reiher", "me again")
    on.work()
    row = next(row for row in on.queue() if row.capability == "memory")
    assert row.summary.startswith("Forget Anna Vogelsang: nothing was heard since 2026-11-02")
    assert (row.risk, row.undo, "1 test.mail_came" in row.content) == ("high", "none", True)

    on.decide(row, "approve")

    assert on.names() == ["Bert Kranich GmbH", "Carl Reiher"]
    assert on.ask("SELECT policy, reason, actor FROM forgotten") == [
        ("leads_after_days", "leads_after_days = 365", "mareike")
    ]
    on.work()
    assert on.ask("SELECT count(*) FROM forgotten") == [(1,)]
    assert [row for row in on.queue() if row.capability == "memory"] == []
    assert on.company.log.verify().findings == ()
    on.company.close()
    assert where(on.folder, "Vogelsang", "blue edition") == []


def test_who_stays_by_the_operators_word_is_not_proposed_again(old):
    on = later(old)
    on.mail("Carl Reiher", "me again")
    on.work()
    on.decide(next(row for row in on.queue() if row.capability == "memory"), "reject", note="a friend")
    on.clock.move(days=3)
    on.work()
    assert on.queue() == []
    assert "Anna Vogelsang" in on.names()
    on.company.close()


def test_who_is_heard_of_again_is_not_due_any_more(old):
    on = later(old)
    on.mail("Carl Reiher", "me again")
    on.work()
    on.mail("Anna Vogelsang", "still there?", at=on.clock.now())
    on.work()
    assert on.queue() == []
    assert "Anna Vogelsang" in on.names()
    on.company.close()


def test_what_came_between_the_word_and_the_deed_is_asked_again(old):
    on = later(old)
    on.mail("Carl Reiher", "me again")
    on.work()
    row = next(row for row in on.queue() if row.capability == "memory")
    on.decide(row, "approve", work=False)
    on.mail("Anna Vogelsang", "an older one that comes late", at=old.clock.now() - timedelta(days=3))
    on.company.forget = lambda: 0  # the agent says what was decided; the deed waits
    on.work()
    del on.company.forget
    on.clock.move(days=1)

    on.company.forget()

    assert "Anna Vogelsang" in on.names()
    assert on.ask("SELECT state, reason <> '' FROM forgetting") == [("due", True)]
    on.company.close()


def test_an_approval_that_no_row_bears_out_does_nothing(old):
    on = later(old)
    stream = "forgetting/forged"
    due = ForgettingDue(
        policy="leads_after_days",
        entities=(on.entity("Anna Vogelsang"),),
        last_on=on.company.today,
        days=1,
    )
    forged = ForgettingApproved(shown="x", row="proposal/none", account="nobody")
    writes = [Write(stream=stream, data=each, actor="agent") for each in (due, forged)]
    on.company.append(writes, expected={stream: NEW_STREAM})

    on.company.forget()

    assert "Anna Vogelsang" in on.names()
    assert proposed(on.company, "stream = $stream", stream=stream)[0].state == "dropped"
    on.company.close()


def test_old_mails_are_proposed_as_one_and_their_people_stay(old):
    on = later(old, MAILS)
    on.mail("Carl Reiher", "me again", at=on.clock.now())
    on.work()
    row = next(row for row in on.queue() if row.capability == "memory")
    assert row.summary == "Forget 2 mails that are 365 days old"

    on.decide(row, "approve")

    assert on.names() == ["Anna Vogelsang", "Bert Kranich GmbH", "Carl Reiher"]
    assert [item.text for item in on.profile("Carl Reiher").items] == ["me again"]
    on.company.close()
    assert where(on.folder, "blue edition", "green edition") == []


def test_two_that_forget_at_once_forget_once(old):
    from workbench.erasure.erasing import preview_erasure

    wanted = old.wanted("Anna Vogelsang")
    confirmed = preview_erasure(old.company, wanted).hash
    request = Request(wanted=wanted, confirmed=confirmed, reason="", actor="me", id="a" * 26)
    assert not carry_out_request(old.company, request).repeated
    assert carry_out_request(old.company, request).repeated
    assert old.ask("SELECT count(*) FROM forgotten") == [(1,)]


# the command line


@pytest.fixture
def run(office):  # noqa: F811
    def running(*words):
        return CliRunner().invoke(app, ["memory", "forget", "--company", str(office.folder), *words])

    return running


def test_the_command_shows_first_and_forgets_what_the_hash_says(office, run):  # noqa: F811
    office.mail("Anna Vogelsang", "the blue edition")
    shown = run("Anna Vogelsang")
    assert (shown.exit_code, "Nothing was forgotten" in shown.output) == (0, True)
    assert "By kind: 1 entity, 1 fact, 1 item, 1 mail." in shown.output
    confirm = shown.output.split()[-1]

    assert run("Anna Vogelsang", "--confirm", "wrong").exit_code == 1
    done = run("Anna Vogelsang", "--confirm", confirm)

    assert (done.exit_code, "No byte of it was found" in done.output) == (0, True)
    assert run("Anna Vogelsang").exit_code == 1
    assert run().exit_code == 2
    assert "Nothing is due" in run("--due").output
