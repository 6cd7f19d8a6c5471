"""What fits into the minutes there are: never more than that, in a total order, and no row is lost on the way."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opc_kernel.approvals.pace import LEAST_S, THINKING_S, Pace, learn, pace
from opc_kernel.approvals.queue import QueueRow
from opc_kernel.approvals.row import Option
from opc_kernel.approvals.triage import plan, urgency

NOW = datetime(2026, 11, 2, 9, tzinfo=UTC)
MINUTE = Pace(learnt_s={"proposal": 60, "question": 60, "blocked": 60})


def row(name, stake=None, *, kind="proposal", due_in=None, risk="low", amount=None, position=1, **text):
    """Return a row; `due_in` is in days."""
    told = {"summary": name, "reason": "", "content": None, "options": (), "typed": None, **text}
    return QueueRow(
        key=f"{kind}/{name}",
        kind=kind,
        version=1,
        state="open",
        hash="h",
        task="task/1",
        capability="books",
        editable=False,
        facts=(),
        confidence=None,
        risk=risk,
        amount=None if stake is None and amount is None else Decimal(amount or stake),
        currency="EUR",
        at_stake=None if stake is None else Decimal(stake),
        expires_at=None if due_in is None else NOW + timedelta(days=due_in),
        undo=None,
        mode=None,
        decision=None,
        answer="",
        note=None,
        deferred_until=None,
        channel=None,
        account=None,
        entries=(),
        decided_at=None,
        first_shown_at=None,
        replaced_by=None,
        asked_at=NOW,
        asked_position=position,
        correlation_id="c",
        **told,
    )


def names(group):
    return [each.row.summary for each in group]


def planned(*rows, minutes, at=MINUTE):
    return plan(rows, minutes=minutes, pace=at, now=NOW)


# the order


def test_money_comes_first_then_the_deadline_then_the_risk():
    rows = [
        row("no money"),
        row("no money, due", due_in=9),
        row("little", "5.00"),
        row("much, going out", "-900.00"),
        row("some, later", "50.00", due_in=8),
        row("some, soon", "50.00", due_in=1),
        row("some, never due", "50.00"),
        row("some, never due, risky", "50.00", risk="high"),
        row("nobody knows", amount="1.00"),
    ]

    assert names(planned(*rows, minutes=60).fits) == [
        "nobody knows",
        "much, going out",
        "some, soon",
        "some, later",
        "some, never due, risky",
        "some, never due",
        "little",
        "no money, due",
        "no money",
    ]


def test_equal_rows_stand_in_the_order_they_were_asked():
    rows = [row(name, "5.00", position=position) for position, name in enumerate("cab")]

    assert names(planned(*reversed(rows), minutes=60).fits) == ["c", "a", "b"]


# the minutes


def test_what_fits_is_taken_and_the_rest_can_wait():
    rows = [row(f"{stake} EUR", stake) for stake in ("30", "20", "10")]

    chosen = planned(*rows, minutes=2)

    assert names(chosen.fits) == ["30 EUR", "20 EUR"]
    assert names(chosen.can_wait) == ["10 EUR"]
    assert (chosen.seconds, chosen.is_over, chosen.at_stake) == (120, False, Decimal(10))


def test_a_row_that_is_too_long_makes_room_for_shorter_ones():
    at = Pace(learnt_s={"proposal": 60, "question": 600})
    rows = [row("first", "30"), row("long", "20", kind="question"), row("short", "10")]

    chosen = planned(*rows, minutes=2, at=at)

    assert (names(chosen.fits), names(chosen.can_wait)) == (["first", "short"], ["long"])


def test_the_first_row_is_taken_even_where_it_alone_is_too_long():
    at = Pace(learnt_s={"proposal": 60, "question": 600})
    rows = [row("long", "20", kind="question"), row("short", "10")]

    chosen = planned(*rows, minutes=2, at=at)

    assert (names(chosen.fits), chosen.is_over) == (["long"], True)


# what is due, and what can wait


def test_what_is_due_soon_and_does_not_fit_is_told():
    rows = [
        row("first", "30"),
        row("due", "2", due_in=2),
        row("far", "1", due_in=20),
        row("farther", "1", due_in=30),
    ]

    chosen = planned(*rows, minutes=1)

    assert (names(chosen.due), names(chosen.can_wait)) == (["due"], ["far", "farther"])
    assert chosen.due_first == NOW + timedelta(days=20)


def test_a_row_that_has_expired_takes_nobodys_time():
    chosen = planned(row("gone", "900", due_in=-1), row("now", "1"), minutes=1)

    assert (names(chosen.fits), names(chosen.can_wait), chosen.due_first) == (["now"], ["gone"], None)


def test_money_whose_worth_nobody_knows_is_counted_apart():
    rows = [row("first", amount="9"), row("second", amount="9"), row("known", "-3")]

    chosen = planned(*rows, minutes=1)

    assert (chosen.at_stake, chosen.unknown) == (Decimal(3), 1)


def test_where_nothing_waits_there_is_nothing_to_do():
    chosen = planned(minutes=5)

    assert (chosen.fits, chosen.due, chosen.can_wait, chosen.is_over) == ((), (), (), False)


ROWS = st.lists(
    st.builds(
        row,
        st.uuids().map(str),
        st.none() | st.sampled_from(["-900", "5", "5.00", "0", "77.10"]),
        kind=st.sampled_from(["proposal", "question", "blocked"]),
        due_in=st.none() | st.floats(-2, 20),
        risk=st.sampled_from(["low", "medium", "high"]),
        amount=st.none() | st.just("3"),
        position=st.integers(1, 5),
        reason=st.text(max_size=40).map(lambda text: text * 100),
    ),
    max_size=25,
)
PACES = st.dictionaries(st.sampled_from(["proposal", "question"]), st.integers(LEAST_S, 900)).map(
    lambda learnt: Pace(learnt_s=learnt)
)


@given(ROWS, PACES, st.integers(1, 60))
def test_no_plan_takes_longer_than_asked_and_none_loses_a_row(rows, at, minutes):
    chosen = planned(*rows, minutes=minutes, at=at)

    groups = (*chosen.fits, *chosen.due, *chosen.can_wait)
    assert sorted(each.row.key for each in groups) == sorted(each.key for each in rows)
    assert chosen.seconds <= minutes * 60 or len(chosen.fits) == 1
    for group in (chosen.fits, chosen.due, chosen.can_wait):
        assert [each.row for each in group] == sorted((each.row for each in group), key=urgency)


@given(ROWS, st.randoms())
def test_the_order_is_total_and_does_not_depend_on_how_rows_came(rows, random):
    shuffled = random.sample(rows, len(rows))

    assert len({urgency(each) for each in rows}) == len(rows)
    assert planned(*shuffled, minutes=9) == planned(*rows, minutes=9)


# the pace


def test_a_kind_takes_the_median_of_what_it_took():
    samples = [("question", seconds) for seconds in (10, 12, 14, 200, 11)] + [("proposal", 8)] * 4

    assert pace(samples) == Pace(learnt_s={"question": 12})


def test_what_no_person_can_have_taken_teaches_nothing():
    samples = [("question", seconds) for seconds in (20, 20, 20, 20, 0.01, 90_000, -4)]

    assert pace(samples).learnt_s == {}
    assert pace([*samples, ("question", 20)]).learnt_s == {"question": 20}


def test_a_pace_is_never_too_quick_to_be_true():
    assert pace([("question", 1.2)] * 9).learnt_s == {"question": LEAST_S}


@pytest.mark.parametrize("kind", ["proposal", "question", "blocked"])
def test_until_then_it_is_some_thought_and_the_time_to_read(kind):
    nothing = Pace(learnt_s={})
    options = (Option(id="1", label="y" * 180),)

    assert nothing.seconds(row("", kind=kind)) == THINKING_S[kind]
    long = row("", kind=kind, reason="x" * 1_800, content="x" * 180, options=options)
    assert nothing.seconds(long) == THINKING_S[kind] + 120


def test_it_is_learnt_from_decisions_taken_one_at_a_time(queue):
    rows = [queue.propose(f"row{number}") for number in range(6)]
    queue.show(*rows)
    for each in rows:
        queue.clock.move(seconds=40)
        queue.decide(each, "approve")

    assert learn(queue.log).learnt_s["proposal"] == 40


def test_what_came_in_with_a_sheet_teaches_nothing(queue):
    rows = [queue.ask(f"sheet{number}") for number in range(6)]
    queue.show(*rows)
    for number, each in enumerate(rows):
        queue.clock.move(seconds=7)
        queue.decide(each, "answer", choice="left", entry=f"entry{number}")

    assert "question" not in learn(queue.log).learnt_s
