"""Reminders: proposed when an invoice of ours is overdue, never while money may be on its way; rehearsed, or sent."""

import os
import signal
import subprocess
import sys
from datetime import date
from email import message_from_bytes, policy

import pytest
from shop import SETTINGS
from typer.testing import CliRunner

from opc_kernel.effects.connector import Found, Sent
from opc_kernel.effects.standing import ConnectorSwitched, connector_stream
from opc_kernel.event import ANY_VERSION, NEW_STREAM, Write
from opc_kernel.testing import FrozenClock
from workbench import composition
from workbench.capabilities.books.reminders.draft import draft
from workbench.capabilities.books.reminders.events import ReminderApproved
from workbench.cli.main import app
from workbench.refusal import Refused

ON = SETTINGS + "[books.reminders]\non = true\n"
COLUMNS = "number,direction,customer,issued_on,due_on,amount,currency,kind,corrects,email\n"
SANDTOR = "RE-2026-001,out,Sandtor GmbH,2026-10-01,2026-10-15,1190.00,EUR,,,office@sandtor.example"
OLD = "RE-2024-0{0},out,Firm {0} GmbH,2024-01-0{0},2024-02-0{0},100.00,EUR,,,"


@pytest.fixture
def shop(found):
    """Return a company with reminders, on 2 November 2026: 18 days after Sandtor's invoice was due."""
    return found(ON)


def invoices(shop, *lines, name="invoices.csv"):
    shop.take(COLUMNS + "\n".join(lines) + "\n", name)
    shop.work()
    return shop


def days(shop, number):
    shop.clock.move(days=number)
    shop.work()


def reminders(shop):
    """Return those that were sent: invoice, level, what was open."""
    return shop.ask(
        "SELECT i.number, (e.data->>'level')::INTEGER, e.data->'money'->>'amount' FROM event AS e "
        "JOIN invoice AS i ON i.stream = e.data->>'invoice' WHERE e.type = 'books.reminder_sent' "
        "ORDER BY e.position"
    )


def remind(shop):
    """Approve the letter, and say that it was sent by hand: nothing leaves a company that set no mail up."""
    assert shop.decide(shop.row(), "approve").accepted
    assert shop.row().summary.endswith("was only rehearsed: have you sent it?")
    assert shop.decide(shop.row(), "answer", choice="sent").accepted


def why_waiting(shop):
    return [
        why
        for (why,) in shop.ask("SELECT reason FROM task WHERE kind = 'books.remind' AND state = 'requested'")
    ]


def test_an_overdue_invoice_is_proposed_with_the_whole_letter(shop):
    invoices(shop, SANDTOR)

    row = shop.row()
    assert row.summary == (
        "Rehearsal: Remind Sandtor GmbH of RE-2026-001: 1,190.00 EUR open, 18 days overdue (reminder 1 of 3, friendly)"
    )
    assert (row.undo, row.editable, row.risk, row.at_stake) == ("soften", True, "low", 1190)
    (letter,) = row.effects
    assert (letter.target, letter.fields) == (
        "office@sandtor.example",
        {"subject": "Invoice RE-2026-001: a friendly reminder"},
    )
    for said in (
        "Still open: 1,190.00 EUR",
        "Due on 15 Oct 2026; on 02 Nov 2026 that was 18 days ago",
        "Please pay to DE89370400440532013000, My company, and name RE-2026-001.",
    ):
        assert said in row.content


def test_switched_off_nobody_is_reminded_and_switched_on_later_old_invoices_are(found):
    shop = found(SETTINGS)
    invoices(shop, SANDTOR)
    assert (shop.queue(), shop.ask("SELECT count(*) FROM task WHERE kind = 'books.remind'")) == ([], [(0,)])
    shop.company.close()

    shop = found(ON)
    shop.work()
    assert "RE-2026-001" in shop.row().summary
    shop.company.close()

    shop = found(SETTINGS)
    shop.work()
    assert shop.queue() == []
    shop.company.close()

    shop = found(ON)
    days(shop, 1)
    assert "RE-2026-001" in shop.row().summary


@pytest.mark.parametrize(("due", "asked"), [("2026-10-26", True), ("2026-10-27", False)])
def test_the_first_comes_a_week_after_it_was_due(shop, due, asked):
    invoices(shop, SANDTOR.replace("2026-10-15", due))

    assert bool(shop.queue()) is asked
    if not asked:
        assert why_waiting(shop) == ["its next reminder is due on 03 Nov 2026"]
        days(shop, 1)
        assert shop.queue() != []


def test_a_letter_does_not_change_overnight(shop):
    invoices(shop, SANDTOR)
    row = shop.row()

    days(shop, 5)

    assert shop.row().key == row.key
    remind(shop)
    assert reminders(shop) == [("RE-2026-001", 1, "1190.00")]


def test_the_next_level_comes_two_weeks_after_the_last_was_sent(shop):
    invoices(shop, SANDTOR)
    remind(shop)
    days(shop, 13)
    assert shop.queue() == []

    days(shop, 1)
    second = shop.row()
    assert ("reminder 2 of 3, firm" in second.summary, second.risk) == (True, "medium")
    assert "on 02 Nov 2026 we wrote to you" in second.content
    remind(shop)
    days(shop, 14)
    last = shop.row()
    assert ("reminder 3 of 3, last" in last.summary, last.risk) == (True, "high")
    remind(shop)
    days(shop, 14)

    row = shop.row()
    assert row.kind == "question"
    assert row.summary.startswith(
        "RE-2026-001 of Sandtor GmbH is still open, overdue since 15 Oct 2026: 1,190.00 EUR"
    )
    shop.decide(row, "answer", choice="remind")
    assert "reminder 4 of 4, last" in shop.row().summary
    assert [level for _, level, _ in reminders(shop)] == [1, 2, 3]


def letters(shop):
    """Return what lies in the sandbox."""
    return [
        message_from_bytes(path.read_bytes(), policy=policy.default)
        for path in sorted((shop.folder / "sandbox" / "mail").glob("*.eml"))
    ]


def test_what_was_edited_is_what_goes_out(shop):
    invoices(shop, SANDTOR)

    shop.decide(shop.row(), "edit", content="To: all@world.example\n\nDear Anna,\n\nplease pay.")

    (mail,) = letters(shop)
    assert (mail["To"], mail["Subject"]) == (
        "office@sandtor.example",
        "Invoice RE-2026-001: a friendly reminder",
    )
    assert mail.get_content().split() == ["To:", "all@world.example", "Dear", "Anna,", "please", "pay."]


def test_a_rehearsed_one_does_not_count_and_is_asked_about_once(shop):
    invoices(shop, SANDTOR)
    shop.decide(shop.row(), "approve")
    row = shop.row()
    days(shop, 30)

    assert (reminders(shop), shop.row().key, len(letters(shop))) == ([], row.key, 1)
    assert shop.ask("SELECT level FROM invoice_owed") == [(0,)]


def test_rehearsed_and_not_sent_it_is_proposed_again_in_two_weeks(shop):
    invoices(shop, SANDTOR)
    shop.decide(shop.row(), "approve")
    shop.decide(shop.row(), "answer", choice="again")
    assert shop.queue() == []
    days(shop, 14)

    assert "reminder 1 of 3" in shop.row().summary
    shop.decide(shop.row(), "edit", content="Now really.")
    assert sorted(mail.get_content() == "Now really.\r\n" for mail in letters(shop)) == [False, True]


def test_paid_meanwhile_nobody_asks_whether_it_was_sent(shop):
    invoices(shop, SANDTOR)
    shop.decide(shop.row(), "approve")

    shop.pay("2026-10-30, 1190.00, Sandtor GmbH, RE-2026-001")
    shop.work()

    assert (shop.queue(), reminders(shop)) == ([], [])


def test_switched_to_production_it_goes_out_and_counts_at_once(found, monkeypatch):
    posted = []

    class Post:
        def hand_in(self, letter):
            posted.append(letter)
            return Sent(reference=letter.id)

        def look_up(self, message_id):
            return Found(reference=message_id)

    monkeypatch.setattr(composition, "_post", lambda *_: Post())
    monkeypatch.setattr(composition, "look", lambda *_: None)  # a test's company is a copy
    shop = found(
        ON + '[connectors.mail]\naddress = "me@firm.example"\nhost = "127.0.0.1"\nsecurity = "none"\n'
    )
    account = composition.connectors(shop.company.settings, shop.folder)["mail"].sandbox
    switched = ConnectorSwitched(connector="mail", account=account.account, mode="production")
    stream = connector_stream(account)
    shop.company.append([Write(stream=stream, data=switched, actor="me")], expected={stream: ANY_VERSION})
    invoices(shop, SANDTOR)

    shop.decide(shop.row(), "approve")

    assert [letter.recipients for letter in posted] == [("office@sandtor.example",)]
    assert (reminders(shop), shop.queue()) == ([("RE-2026-001", 1, "1190.00")], [])
    assert shop.ask("SELECT by_hand, sent_to FROM reminder") == [(False, "office@sandtor.example")]


UNKNOWN = SANDTOR.replace("office@sandtor.example", "")


def test_without_an_address_it_is_asked_for_and_kept(shop):
    invoices(shop, UNKNOWN)
    assert shop.row().summary.startswith("Where does reminder 1 for RE-2026-001 of Sandtor GmbH go?")
    assert "Still open: 1,190.00 EUR" in shop.row().reason

    shop.decide(shop.row(), "answer", content="by pigeon")
    shop.decide(shop.row(), "answer", content="office@sandtor.example")

    assert shop.row().effects[0].target == "office@sandtor.example"
    remind(shop)
    days(shop, 14)
    assert shop.row().effects[0].target == "office@sandtor.example"


def test_without_an_address_it_may_be_sent_by_hand(shop):
    invoices(shop, UNKNOWN)

    shop.decide(shop.row(), "answer", choice="hand")

    assert (reminders(shop), shop.queue()) == ([("RE-2026-001", 1, "1190.00")], [])


def test_one_approved_before_letters_went_out_from_here_counts_as_sent(shop):
    invoices(shop, SANDTOR)
    ((stream,),) = shop.ask("SELECT stream FROM invoice")
    old = ReminderApproved(
        invoice=stream,
        level=1,
        approved_on=date(2026, 11, 1),
        to="office@sandtor.example",
        subject="Please",
        text="Pay.",
        money={"amount": "1190.00", "currency": "EUR"},
        row="proposal/1",
    )
    kept = stream.replace("invoice/", "reminder/")
    shop.company.append([Write(stream=kept, data=old, actor="collector")], expected={kept: NEW_STREAM})
    days(shop, 14)

    assert "reminder 2 of 3" in shop.row().summary
    assert "on 01 Nov 2026 we wrote to you" in shop.row().content


def test_paid_meanwhile_the_row_goes_away(shop):
    invoices(shop, SANDTOR)
    row = shop.row()

    shop.pay("2026-10-30, 1190.00, Sandtor GmbH, RE-2026-001")
    shop.work()

    assert (shop.queue(), shop.again(row).state) == ([], "replaced")
    assert not shop.decide(row, "approve").accepted


def test_a_payment_that_comes_before_the_approval_is_carried_out_stops_it(shop):
    invoices(shop, SANDTOR)
    row = shop.row()
    shop.pay("2026-10-30, 1190.00, Sandtor GmbH, RE-2026-001")

    assert shop.decide(row, "approve").accepted
    days(shop, 1)

    assert (reminders(shop), shop.queue()) == ([], [])


@pytest.mark.parametrize(
    "payment",
    [
        "2026-10-30, 500.00, Unknown, for RE2026-001",
        "2026-10-30, 1190.00, Unknown, thanks",
        "2026-10-30, 1150.00, Unknown, thanks",
        "2026-10-30, 77.00, Sandtor GmbH, thanks",
    ],
)
def test_money_that_may_be_for_it_comes_first(shop, payment):
    shop.pay(payment)
    invoices(shop, SANDTOR)

    row = shop.row()
    assert row.summary.endswith("what is it for?")
    assert "may be for it and is not booked yet" in why_waiting(shop)[0]
    shop.decide(row, "answer", choice="category/other")
    days(shop, 1)
    assert shop.row().summary.startswith("Rehearsal: Remind Sandtor GmbH")


@pytest.mark.parametrize(
    "payment", ["2026-10-30, 77.00, Kiosk, thanks", "2026-09-30, 1190.00, Sandtor GmbH, old"]
)
def test_money_that_can_not_be_for_it_holds_nothing_up(shop, payment):
    shop.pay(payment)
    invoices(shop, SANDTOR)

    assert any(row.summary.startswith("Rehearsal: Remind Sandtor") for row in shop.queue())


def test_an_approval_waits_for_money_that_may_be_for_it_and_then_counts(shop):
    invoices(shop, SANDTOR)
    row = shop.row()
    shop.pay("2026-10-30, 77.00, Sandtor GmbH, thanks")

    shop.decide(row, "approve")
    assert letters(shop) == []

    shop.decide(shop.row(), "answer", choice="category/other")
    days(shop, 1)
    assert len(letters(shop)) == 1


def test_a_part_that_was_paid_is_asked_anew_and_the_old_approval_does_not_count(shop):
    invoices(shop, SANDTOR)
    old = shop.row()
    shop.pay("2026-10-30, 400.00, Sandtor GmbH, part of RE-2026-001")
    shop.decide(old, "approve")
    shop.decide(shop.row(), "answer", choice="1")
    days(shop, 1)

    assert reminders(shop) == []
    assert "790.00 EUR open" in shop.row().summary
    assert "Paid or credited so far: 400.00 EUR\nStill open: 790.00 EUR" in shop.row().content


def test_a_credit_note_is_taken_off(shop):
    note = "GS-1,out,Sandtor GmbH,2026-10-20,2026-10-20,190.00,EUR,credit_note,RE-2026-001,"
    invoices(shop, SANDTOR, note)

    assert "1,000.00 EUR open" in shop.row().summary
    assert len(shop.row().facts) == 2


def test_an_invoice_that_a_credit_note_takes_whole_is_left_alone(shop):
    note = "GS-1,out,Sandtor GmbH,2026-10-20,2026-10-20,1190.00,EUR,credit_note,RE-2026-001,"
    invoices(shop, SANDTOR, note)

    assert (shop.queue(), why_waiting(shop)) == ([], ["a credit note takes all of it"])


def test_a_bill_to_us_reminds_nobody(shop):
    invoices(shop, SANDTOR.replace(",out,", ",in,"))

    assert (shop.queue(), why_waiting(shop)) == ([], [])


def test_dollars_are_worth_what_the_rate_says_and_paid_to_the_dollar_account(found):
    shop = found(ON + '[[account]]\nid = "8310047729"\nname = "Dollars"\ncurrency = "USD"\n')
    shop.take("date,base,quote,rate\n2026-10-30,USD,EUR,0.8571\n", "rates.csv")
    invoices(shop, SANDTOR.replace("EUR", "USD"))

    row = shop.row()
    assert (row.amount, row.currency, f"{row.at_stake:.2f}") == (1190, "USD", "1019.95")
    assert "Please pay to 8310047729" in row.content


def test_a_rejected_one_comes_back_in_two_weeks(shop):
    invoices(shop, SANDTOR)
    shop.decide(shop.row(), "reject", note="he promised to pay")
    days(shop, 13)
    assert shop.queue("books") == []
    days(shop, 1)

    assert "reminder 1 of 3" in shop.row("books").summary


def test_asked_back_it_answers_and_the_approval_counts(shop):
    invoices(shop, SANDTOR)
    shop.decide(shop.row(), "ask", note="Did he call?")

    assert "You asked: “Did he call?”" in shop.row().reason
    shop.decide(shop.row(), "approve")
    assert len(letters(shop)) == 1


def test_a_payment_that_the_bank_takes_back_brings_the_reminder(found):
    from shop import camt

    shop = found(ON)
    invoices(shop, SANDTOR)
    paid = "2026-10-30, 1190.00, Sandtor GmbH, RE-2026-001"
    shop.take(camt(paid, opening="0.00", closing="1190.00"), "first.xml")
    shop.work()
    assert shop.queue() == []

    shop.take(camt(paid.replace("1190.00", "1119.00", 1), opening="0.00", closing="1119.00"), "second.xml")
    shop.work()
    row = next(row for row in shop.queue() if row.capability == "bank" and "contradicts" in row.summary)
    shop.decide(row, "answer", choice="corrected")
    for row in shop.queue():
        if row.summary.endswith("what is it for?"):
            shop.decide(row, "answer", choice="category/other")
    days(shop, 1)

    assert shop.row().summary.startswith("Rehearsal: Remind Sandtor GmbH of RE-2026-001")


def test_a_history_of_open_invoices_is_one_question(shop):
    invoices(shop, *(OLD.format(number) for number in range(1, 7)), SANDTOR)

    question, proposal = sorted(shop.queue(), key=lambda row: row.kind, reverse=True)
    assert question.summary == (
        "6 invoices are still open, the oldest overdue since 01 Feb 2024: remind, wait, or written off?"
    )
    assert "RE-2024-06 · Firm 6 GmbH · 100.00 EUR · due 06 Feb 2024" in question.reason
    assert (question.at_stake, proposal.kind) == (600, "proposal")


@pytest.mark.parametrize(
    ("choice", "rows"), [("remind", 6), ("each", 6), ("stop", 0), ("wait/2026-12-02", 0), ("2", 0)]
)
def test_one_answer_holds_for_all_that_were_shown(shop, choice, rows):
    invoices(shop, *(OLD.format(number) for number in range(1, 7)))

    shop.decide(shop.row(), "answer", choice=choice)

    assert len(shop.queue()) == rows
    days(shop, 8)
    assert len(shop.queue()) == rows


def test_one_that_undecided_money_may_pay_is_not_asked_about_with_the_others(shop):
    shop.pay("2026-10-30, 77.00, Unknown, for RE-2024-03")
    invoices(shop, *(OLD.format(number) for number in range(1, 7)))
    question = next(row for row in shop.queue() if "still open" in row.summary)
    assert "RE-2024-03" not in question.reason

    shop.decide(question, "answer", choice="stop")

    assert shop.ask("SELECT number FROM invoice_owed WHERE reminders = 'on'") == [("RE-2024-03",)]


def test_after_waiting_it_is_one_question_again(shop):
    invoices(shop, *(OLD.format(number) for number in range(1, 7)))
    shop.decide(shop.row(), "answer", choice="wait/2026-12-02")

    days(shop, 30)

    assert shop.row().summary.startswith("6 invoices are still open")


def test_written_off_the_invoice_itself_stays_open(shop):
    invoices(shop, OLD.format(1))
    shop.decide(shop.row(), "answer", choice="stop")
    days(shop, 400)

    assert (shop.queue(), shop.ask("SELECT state FROM invoice")) == ([], [("open",)])
    assert shop.ask("SELECT reminders FROM invoice_owed") == [("written off",)]


def test_german_letters_and_a_late_fee_from_the_second_on(found):
    more = 'language = "de"\nlate_fee = "Wir berechnen 5,00 EUR Mahngebühr."\nafter_days = [7, 14]\n'
    shop = found(ON + more)
    invoices(shop, SANDTOR)
    assert "Noch offen: 1.190,00 EUR" in shop.row().content
    assert "Mahngebühr" not in shop.row().content

    remind(shop)
    days(shop, 14)

    assert shop.row().effects[0].fields["subject"] == "Rechnung RE-2026-001: letzte Mahnung"
    assert "Mahngebühr" in shop.row().content


def test_the_rehearsed_one_is_a_draft_until_something_is_paid(shop):
    invoices(shop, SANDTOR)
    with pytest.raises(Refused, match="no reminder for it is approved"):
        draft(shop.company, "RE-2026-001")
    shop.decide(shop.row(), "approve")

    mail = message_from_bytes(draft(shop.company, "RE-2026-001"), policy=policy.default)
    assert (mail["To"], mail["Subject"], mail["X-Unsent"]) == (
        "office@sandtor.example",
        "Invoice RE-2026-001: a friendly reminder",
        "1",
    )
    assert "Still open: 1,190.00 EUR" in mail.get_content()

    shop.pay("2026-10-30, 1190.00, Sandtor GmbH, RE-2026-001")
    shop.work()
    with pytest.raises(Refused, match="it is not open"):
        draft(shop.company, "RE-2026-001")


def test_the_commands_list_it_and_write_the_draft(shop, tmp_path):
    invoices(shop, SANDTOR)
    shop.decide(shop.row(), "approve")
    shop.company.close()
    at = ["--company", str(shop.folder)]

    listed = CliRunner().invoke(app, ["invoice", "reminders", "--json", *at])
    written = CliRunner().invoke(
        app, ["invoice", "reminder", "RE-2026-001", "--eml", str(tmp_path / "r.eml"), *at]
    )

    assert '"number": "RE-2026-001"' in listed.output
    assert (written.exit_code, b"Still open" in (tmp_path / "r.eml").read_bytes()) == (0, True)


def test_two_workers_approve_and_propose_once(shop):
    invoices(shop, SANDTOR, *(OLD.format(number) for number in range(1, 4)))
    proposal = next(row for row in shop.queue() if row.kind == "proposal")
    question = next(row for row in shop.queue() if row.kind == "question")
    shop.decide(proposal, "approve", work=False)
    shop.decide(question, "answer", choice="remind", work=False)
    errors = shop.race()

    assert (errors, len(letters(shop))) == ([], 1)
    assert len(shop.queue()) == 4


def test_a_worker_that_stops_after_every_step_ends_where_one_that_does_not_ends(shop):
    invoices(shop, SANDTOR, *(OLD.format(number) for number in range(1, 4)))
    for row in shop.queue():
        choice = {"choice": "remind"} if row.kind == "question" else {}
        shop.decide(row, "answer" if choice else "approve", work=False, **choice)

    while (
        composition.worker(shop.company, shop.company.settings, shop.folder, clock=shop.clock)
        .run_once()
        .changed
    ):
        pass

    assert len(letters(shop)) == 1
    assert len(shop.queue()) == 4


@pytest.mark.parametrize("crash", ["after-sync:1", "half-journal:1", "before-sync:2", "after-sync:2"])
def test_killed_at_any_step_the_approval_is_carried_out_once(shop, crash):
    invoices(shop, SANDTOR)
    shop.decide(shop.row(), "approve", work=False)
    shop.company.close()
    run = [sys.executable, "-c", WORK, str(shop.folder)]

    killed = subprocess.run(run, env=os.environ | {"CRASH_AT": crash}, check=False, capture_output=True)
    subprocess.run(run, env=os.environ | {"CRASH_AT": ""}, check=True, capture_output=True)

    assert killed.returncode == -signal.SIGKILL
    with composition.open_log(shop.folder) as log:
        assert log.query(
            "SELECT (SELECT count(*) FROM effect WHERE state = 'confirmed'), count(*) FROM queue WHERE state = 'open'"
        ).rows == [(1, 1)]
        assert log.verify().findings == ()


WORK = """
import sys
from pathlib import Path
from opc_kernel.testing import FrozenClock
from workbench.company import own_company
with own_company(Path(sys.argv[1]), clock=FrozenClock()) as company:
    company.work()
"""


def test_today_is_the_day_of_the_company_s_zone(found):
    shop = found(ON)
    assert isinstance(shop.clock, FrozenClock)
    shop.clock.move(hours=13, minutes=59)  # 22:59 in UTC, 23:59 in Berlin
    invoices(shop, SANDTOR.replace("2026-10-15", "2026-10-27"))
    assert shop.queue() == []

    shop.clock.move(minutes=1)
    shop.work()

    assert shop.company.today == date(2026, 11, 3)
    assert len(shop.queue()) == 1
