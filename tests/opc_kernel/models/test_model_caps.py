"""No cap is passed: calls stop before it, whoever loops, retries or sends too much, however many ask at once (T6)."""

from decimal import Decimal

import pytest
from model_desk import AWAY, draft

from opc_kernel.log.errors import VersionConflict
from opc_kernel.models.endpoint import NOTHING, EndpointFailed, ModelReply, Tokens

DEAR = {**AWAY, "price_in": "10", "price_out": "1000", "max_output_tokens": 100}
"""A call may cost up to 0.1 USD for its answer, and a little for what is sent."""
WHOLE = ModelReply(text="Yes.", tokens=Tokens(sent=1000, received=100))
"""It costs 0.11 USD."""


class Killed(BaseException):
    """The end of a process in the middle of a call."""


def spent(one):
    return one.log.query("SELECT sum(counted) AS cost FROM model_call").one()["cost"]


def caps(**given):
    return {"call": "1", "task": "1000", "day": "1000", **given}


def ask_on(one, times=12, **more):
    return [one.text(f"Question {number}", **more) for number in range(times)]


@pytest.mark.parametrize(
    ("given", "use"),
    [
        ({"task": "1.00"}, {}),
        ({"day": "1.00"}, {}),
        ({"capability": {"mail": "1.00"}}, {}),
        ({"customer": {"customer/1": "1.00"}}, {"customer": "customer/1"}),
        ({"customer": {"*": "1.00"}}, {"customer": "customer/2"}),
    ],
)
def test_an_agent_that_loops_is_stopped_before_the_cap(desk, given, use):
    one = desk(WHOLE, small=DEAR, caps=caps(**given))
    answers = ask_on(one, **use)

    assert Decimal("0.85") < spent(one) <= 1
    assert answers[-1].cause == "cap"
    assert "of the 1.00 USD for" in answers[-1].reason
    (refused,) = [call for call in one.calls() if call["state"] == "refused"]
    assert refused["reason"] == next(each for each in answers if getattr(each, "cause", "") == "cap").reason


def test_other_tasks_customers_and_days_have_their_own(desk):
    one = desk(WHOLE, small=DEAR, caps=caps(task="0.2", customer={"customer/1": "0.2"}))
    assert one.text("a").value
    assert one.text("b").cause == "cap"
    assert one.text("c", task="task/2", customer="customer/1").value
    assert one.text("d", task="task/3", customer="customer/1").cause == "cap"
    one.clock.move(days=1)
    assert one.text("e", task="task/4", customer="customer/1").value
    assert one.text("f").cause == "cap"


def test_the_day_is_the_companys(desk):
    one = desk(WHOLE, small=DEAR, caps=caps(day="0.2"))
    one.clock.move(hours=13, minutes=30)  # half past eleven in the evening in Berlin
    assert one.text("a").value
    assert one.text("b").cause == "cap"
    one.clock.move(hours=1)
    assert one.text("c").value


def test_a_huge_context_is_refused_by_the_cap_of_a_call(desk):
    one = desk(WHOLE, small=DEAR, caps=caps(call="0.5"))

    assert one.text("word " * 10_000).cause == "cap"
    assert one.text("word " * 300_000).cause == "too-large"
    assert one.scripted.asked == []


def test_a_storm_of_retries_is_stopped_though_nobody_knows_what_it_cost(desk):
    one = desk(EndpointFailed("api.example.com", "no answer in time"), small=DEAR, caps=caps(task="1"))
    ask_on(one)

    assert len(one.scripted.asked) == 9
    assert spent(one) <= 1


def test_an_agent_that_loops_on_a_free_model_is_stopped_by_the_number_of_its_calls(desk):
    one = desk(EndpointFailed("127.0.0.1", "no connection", tokens=NOTHING), caps={"calls_per_task": 5})

    assert ask_on(one)[-1].reason == "the task has made its 5 calls"
    assert len(one.scripted.asked) == 5


def test_an_agent_that_asks_the_same_for_ever_is_stopped_too(desk):
    one = desk("Yes.", caps={"calls_per_task": 5})
    answers = [one.text() for _ in range(12)]

    assert answers[4].reused
    assert answers[5].cause == answers[-1].cause == "cap"
    assert len(one.calls()) == 6


def test_a_bill_above_what_was_reserved_passes_the_cap_by_one_call_at_most(desk):
    lying = ModelReply(text="Yes.", tokens=Tokens(sent=10**6, received=10**6))
    one = desk(lying, small=DEAR, caps=caps(day="5"))
    answers = ask_on(one, 3)

    assert [getattr(each, "cause", "") for each in answers] == ["", "cap", "cap"]
    assert spent(one) == 1010


def test_a_model_that_never_answers_as_asked_is_stopped_by_the_cap_between_its_turns(desk):
    one = desk(ModelReply(text="no", tokens=WHOLE.tokens), small=DEAR, caps=caps(task="0.25"))

    assert one.answer().cause == "cap"
    assert len(one.scripted.asked) == 2


def test_a_call_that_was_never_heard_of_again_counts_with_all_it_may_have_cost(desk):
    def dies(_):
        raise Killed

    one = desk(dies, small=DEAR, caps=caps(day="0.2"))
    with pytest.raises(Killed):
        one.text("a")

    assert one.text("b").cause == "cap"


def test_another_reservation_in_between_is_seen(desk):
    """A second port reserves between the look at what was spent and the reservation."""
    one = desk(WHOLE, small=DEAR, caps=caps(day="0.2"))
    looked = one.models._spent

    def slow(asking):
        found = looked(asking)
        one.models._spent = looked
        assert one.text("in between", task="task/2").value
        return found

    one.models._spent = slow

    assert one.text("first").cause == "cap"
    assert spent(one) == Decimal("0.11")


def test_who_always_comes_second_gives_up_and_may_come_again(desk):
    one = desk(WHOLE, small=DEAR, caps=caps())

    def second(writes, *, expected):
        raise VersionConflict(next(iter(expected)), 0, 1)

    one.log.append = second
    answer = one.text("a")

    assert (answer.cause, answer.transient, one.scripted.asked) == ("busy", True, [])


def test_midnight_between_two_clocks_lets_no_task_pass_its_cap(desk):
    one = desk(WHOLE, small=DEAR, caps=caps(task="0.2"))
    looked = one.models._spent

    def slow(asking):
        found = looked(asking)
        one.models._spent = looked
        one.clock.move(days=1)
        assert one.text("on the other day").value
        return found

    one.models._spent = slow

    assert one.text("first").cause == "cap"


def test_prices_are_kept_to_the_last_place(desk):
    reply = ModelReply(text="Yes.", tokens=Tokens(sent=7, received=3))
    one = desk(reply, small={**AWAY, "price_in": "0.15", "price_out": "0.60"})
    one.text()

    assert spent(one) == Decimal("0.00000285")


def test_a_route_goes_to_the_nearest_tier_that_is_set(desk):
    one = desk("Yes.", small=None, medium=DEAR, purposes={"mail.draft": "large"}, caps=caps())
    one.text(prompt=draft())

    assert one.scripted.tiers[-1] == one.settings.medium
