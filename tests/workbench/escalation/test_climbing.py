"""The ladder in a company: each rung once, over restarts and servers, and never about what was seen to."""

import threading
from email import message_from_bytes, policy

import pytest
from errands import Errands
from shop import SETTINGS

from opc_kernel.approvals.row import Proposal, ProposalMade
from opc_kernel.effects.connector import NotDone
from opc_kernel.event import NEW_STREAM, Write
from opc_kernel.flow.task import TaskBlocked, TaskFailed, TaskRequested, TaskStarted
from workbench import composition
from workbench.escalation.climbing import open_concerns
from workbench.hold import hold

ON = f'{SETTINGS}\n[escalation]\nmail = "me@example.com"\n'


@pytest.fixture
def shop(found):
    """A company that tells its operator by e-mail, rehearsed."""
    return found(ON)


def stuck(shop, name="1"):
    """Leave a task behind that nobody here does."""
    asked = TaskRequested(kind="books.file_taxes", agent="accountant", subject="x", trigger="y")
    shop.company.append(
        [Write(stream=f"task/{name}", data=asked, actor="test")], expected={f"task/{name}": 0}
    )
    shop.work()


def morning(shop):
    """Come back the next morning at nine."""
    shop.clock.move(hours=23)
    shop.work()


def letters(shop):
    folder = shop.folder / "sandbox" / "mail"
    return [
        message_from_bytes(path.read_bytes(), policy=policy.default) for path in sorted(folder.glob("*.eml"))
    ]


def rungs(shop):
    return [
        kind for (kind,) in shop.ask("SELECT data->>'rung' FROM event WHERE type = 'escalation.rung_climbed'")
    ]


def concerns(shop):
    settings = shop.company.settings
    found = open_concerns(shop.company, settings.escalation, now=shop.clock.now(), zone=settings.tz)
    return [(each.kind, each.about) for each in found]


def test_a_blocked_task_is_in_the_digest_of_the_next_morning(shop):
    stuck(shop)
    assert letters(shop) == []

    morning(shop)

    (letter,) = letters(shop)
    assert (letter["To"], letter["Subject"]) == ("me@example.com", "1 thing needs you at My company")
    text = letter.get_content()
    assert "No agent 'accountant' does 'books.file_taxes' here." in text
    assert "decide: workbench queue show 1" in text


def test_it_climbs_each_rung_once_however_often_one_looks(found, shop):
    stuck(shop)
    for _ in range(9):
        shop.clock.move(hours=12)
        shop.work()
    shop.company.close()
    again = found(ON)
    again.clock.move(days=6)
    again.work()

    assert rungs(again) == ["digest", "urgent"]
    assert sorted(letter["Subject"] for letter in letters(again)) == [
        "1 thing needs you at My company",
        "Urgent: 1 thing needs you at My company",
    ]


def test_two_servers_tell_it_once(shop):
    stuck(shop)
    shop.clock.move(hours=23)
    gate = threading.Barrier(2)

    def look():
        gate.wait()
        composition.climb(shop.company, shop.company.settings, shop.folder, clock=shop.clock)

    threads = [threading.Thread(target=look) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    shop.work()

    assert (rungs(shop), len(letters(shop))) == (["digest"], 1)


def test_what_is_decided_before_the_message_goes_is_not_told(shop):
    stuck(shop)
    shop.clock.move(hours=23)
    composition.climb(shop.company, shop.company.settings, shop.folder, clock=shop.clock)

    shop.decide(shop.row(), "answer", choice="done")

    assert letters(shop) == []
    ((state, reason),) = shop.ask("SELECT state, reason FROM task WHERE kind = 'escalation.tell'")
    assert (state, reason) == ("cancelled", "all of it was seen to meanwhile")


def test_a_message_that_is_late_waits_for_the_end_of_the_quiet_hours(shop):
    stuck(shop)
    shop.clock.move(hours=23)
    composition.climb(shop.company, shop.company.settings, shop.folder, clock=shop.clock)
    shop.clock.move(hours=12)

    shop.work()
    assert letters(shop) == []
    shop.clock.move(hours=10)
    shop.work()

    assert len(letters(shop)) == 1


def test_what_is_blocked_again_begins_anew(shop):
    stuck(shop)
    morning(shop)
    shop.decide(shop.row(), "answer", choice="retry")
    shop.clock.move(days=1)

    shop.work()

    assert rungs(shop) == ["digest", "digest"]


def test_without_a_channel_nothing_is_written(found):
    shop = found(SETTINGS)
    stuck(shop)
    morning(shop)

    assert rungs(shop) == []


def test_a_row_that_expires_soon_is_on_the_ladder_and_one_that_does_not_is_not(shop):
    soon, late = (
        _expiring(shop, name, at)
        for name, at in (("soon", "2026-11-03T08:00Z"), ("late", "2026-11-09T08:00Z"))
    )

    assert concerns(shop) == [("expiring", soon)]
    assert late not in dict(concerns(shop)).values()


def _expiring(shop, name, at):
    shown = {"summary": "Send it", "reason": "", "facts": (), "action": "mail.send", "content": "Hello"}
    made = ProposalMade(
        task="task/x", capability="books", hash=name, proposal=Proposal(**shown, expires_at=at, undo="none")
    )
    shop.company.append(
        [Write(stream=f"proposal/{name}", data=made, actor="test")], expected={f"proposal/{name}": 0}
    )
    return f"proposal/{name}"


def test_an_unknown_effect_an_open_breaker_and_a_hold_are_on_the_ladder(shop):
    errands = Errands(shop)
    errands.mode = "production"
    errands.lost().request().work()
    errands.post.script = [NotDone(reason="closed")] * 5
    for number in range(5):
        errands.request(name=f"n{number}", inputs={"to": f"no {number}"})
    errands.work()
    hold(shop.company, reason="on a train", channel="cli")

    assert {kind for kind, _ in concerns(shop)} == {"unknown", "breaker", "held"}


def test_work_that_failed_is_on_the_ladder_for_a_week(shop):
    asked = TaskRequested(kind="books.x", agent="nobody", subject="x", trigger="y")
    events = (asked, TaskStarted(worker="w"), TaskFailed(reason="it can't be done"))
    writes = [Write(stream="task/f", data=event, actor="test") for event in events]
    shop.company.append(writes, expected={"task/f": NEW_STREAM})

    assert concerns(shop) == [("failed", "task/f")]
    shop.clock.move(days=8)
    assert concerns(shop) == []


def test_the_herald_never_tells_of_itself(shop):
    asked = TaskRequested(kind="escalation.tell", agent="herald", subject="x", trigger="y")
    events = (asked, TaskStarted(worker="w"), TaskBlocked(reason="no post", tried="x", hash="h"))
    writes = [Write(stream="task/h", data=event, actor="test") for event in events]
    shop.company.append(writes, expected={"task/h": NEW_STREAM})

    assert concerns(shop) == []
