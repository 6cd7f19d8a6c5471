"""Effects: each once, behind a gate where it can't be undone, in the words that were approved; never guessed."""

import pytest
from studio import Noted, Studio, act, capture, mail, page

from opc_kernel.effects.connector import CannotTell, Sent, Unclear
from opc_kernel.effects.hold import HOLD, EffectsHeld, EffectsReleased
from opc_kernel.effects.progress import Later
from opc_kernel.event import NEW_STREAM, Write
from opc_kernel.flow.lease import Lease
from opc_kernel.flow.outcome import Done
from opc_kernel.testing.outside import keys, never_reached, refused


@pytest.fixture
def studio(tmp_path):
    opened = Studio(tmp_path)
    yield opened
    opened.log.close()


def test_what_can_be_undone_is_done_read_back_and_reconciled(studio):
    studio.script["studio.do"] = act(page())

    studio.ask().work()

    assert keys(studio.outside["site"].done) == ["hello"]
    assert (studio.task()["state"], studio.states()) == ("reconciled", {"site.publish": "confirmed"})
    assert studio.types("effect/") == ["effect.intended", "effect.claimed", "effect.sent", "effect.confirmed"]


def test_what_can_not_be_undone_waits_for_the_operator_and_goes_out_as_approved(studio):
    studio.script["studio.do"] = act(mail())

    studio.ask().work()
    assert (studio.outside["mail"].done, studio.row().content) == ([], "Dear Anna.")
    studio.decide("edit", content="Dear Anna, hello.")
    studio.work()

    (order,) = studio.outside["mail"].done
    assert order.intent.content == "Dear Anna, hello."
    assert studio.task()["state"] == "reconciled"


def test_what_can_not_be_read_back_stays_the_providers_word(studio):
    studio.script["studio.do"] = act(page())
    studio.outside["site"].find = lambda _: CannotTell(reason="it does not say")

    studio.ask().work()

    assert (studio.task()["state"], studio.states()) == ("completed", {"site.publish": "sent"})


def test_what_is_found_later_is_reconciled_later(studio):
    site = studio.outside["site"]
    studio.script["studio.do"] = act(page())
    site.find, found = (lambda _: CannotTell(reason="not yet")), site.find
    studio.ask().work()

    site.find = found
    studio.clock.move(minutes=1)
    studio.work()

    assert studio.task()["state"] == "reconciled"


def test_two_workers_that_read_back_at_the_same_moment_both_go_on(studio):
    site = studio.outside["site"]
    studio.script["studio.do"] = act(page())
    site.find, found = (lambda _: CannotTell(reason="not yet")), site.find
    studio.ask().work()
    studio.clock.move(minutes=1)

    def slow(order):
        site.find = found
        studio.worker().run_once()  # while the provider thinks
        return found(order)

    site.find = slow
    studio.work()

    assert studio.task()["state"] == "reconciled"
    assert studio.types("effect/").count("effect.confirmed") == 1


def test_what_another_task_is_doing_right_now_is_not_taken_back_yet(studio):
    site, told = studio.outside["site"], []
    studio.script["studio.do"] = act(page())

    def slow(order):
        other = Lease(studio.log, "task/other", 0, list, token=1, clock=studio.clock)
        told.append(studio.ledger("other").take_back([f"effect/{order.key}"], other))
        return site.take(order)

    site.instead = [slow]
    studio.ask().work()

    assert [type(each) for each in told] == [Later]
    assert (studio.states(), site.undone) == ({"site.publish": "confirmed"}, [])


def test_what_was_rejected_never_goes_out(studio):
    studio.script["studio.do"] = act(mail())
    studio.ask().work()

    studio.decide("reject", note="not now")
    studio.work()

    assert (studio.outside["mail"].done, studio.task()["state"]) == ([], "cancelled")


def test_what_changed_since_it_was_approved_is_asked_again(studio):
    studio.script["studio.do"] = act(mail())
    studio.ask().work()
    studio.decide("approve")
    studio.script["studio.do"] = act(mail(content="Dear Anna, something else."))

    studio.work()

    assert (studio.outside["mail"].done, studio.row().content) == ([], "Dear Anna, something else.")


def test_the_same_action_is_one_effect_whoever_asks_for_it(studio):
    studio.script["studio.do"] = act(page())

    studio.ask("1").ask("2").work()

    assert len(studio.outside["site"].done) == 1
    states = studio.log.query("SELECT state FROM task").rows
    assert states == [("reconciled",), ("reconciled",)]


def test_what_never_arrived_is_tried_again_with_the_same_key_each_attempt_in_the_log(studio):
    studio.script["studio.do"] = act(page())
    studio.outside["site"].instead = [never_reached(), never_reached()]

    studio.ask().work()
    assert studio.task()["state"] == "requested"
    studio.clock.move(minutes=1)
    studio.work()
    studio.clock.move(minutes=1)
    studio.work()

    assert (len(studio.outside["site"].done), studio.task()["state"]) == (1, "reconciled")
    assert studio.types("effect/").count("effect.attempted") == 2


def test_after_the_last_attempt_a_person_is_asked(studio):
    studio.script["studio.do"] = act(page())
    studio.outside["site"].instead = [never_reached()] * 3
    studio.ask().work()

    for _ in range(2):
        studio.clock.move(minutes=1)
        studio.work()

    assert studio.row().kind == "blocked"
    studio.decide("answer", choice="retry")
    studio.work()
    assert (studio.task()["state"], len(studio.outside["site"].done)) == ("reconciled", 1)


def test_a_lost_answer_is_asked_for_before_anything_is_repeated(studio):
    studio.script["studio.do"] = act(page())
    studio.outside["site"].instead = [
        lambda order: studio.outside["site"].take(order) and Unclear(reason="cut")
    ]

    studio.ask().work()

    assert (len(studio.outside["site"].done), studio.task()["state"]) == (1, "reconciled")


def test_an_order_that_was_lost_on_the_way_is_sent_again(studio):
    studio.script["studio.do"] = act(page())
    studio.outside["site"].instead = [lambda _: Unclear(reason="cut")]

    studio.ask().work()

    assert (len(studio.outside["site"].done), studio.task()["state"]) == (1, "reconciled")


@pytest.mark.parametrize(("choice", "sent"), [("happened", 0), ("again", 1), ("cancel", 0)])
def test_where_nobody_can_tell_a_person_does(studio, choice, sent):
    studio.script["studio.do"] = act(mail())
    studio.outside["mail"].instead = [lambda _: Unclear(reason="cut after the last line")]
    studio.ask().work()
    studio.decide("approve")
    studio.work()
    assert (studio.states(), studio.row().kind) == ({"mail.send": "unknown"}, "blocked")

    studio.decide("answer", choice=choice)
    studio.work()

    assert len(studio.outside["mail"].done) == sent
    assert (
        studio.task()["state"]
        == {"happened": "reconciled", "again": "reconciled", "cancel": "cancelled"}[choice]
    )


def test_a_hold_stops_every_effect_and_release_lets_it_go_on(studio):
    studio.script["studio.do"] = act(page())
    studio.log.append(
        [Write(stream=HOLD, data=EffectsHeld(account="me"), actor="me")], expected={HOLD: NEW_STREAM}
    )
    studio.ask().work()
    assert (studio.outside["site"].done, studio.task()["state"]) == ([], "requested")
    before = studio.types("task/")
    studio.clock.move(days=1)
    studio.work()
    assert studio.types("task/") == before, "what waits for the release is not tried meanwhile"

    studio.log.append(
        [Write(stream=HOLD, data=EffectsReleased(account="me"), actor="me")], expected={HOLD: 1}
    )
    studio.work()

    assert len(studio.outside["site"].done) == 1


def test_the_sandbox_records_and_changes_nothing_of_the_business(studio):
    studio.production["site"] = False
    write = Write(stream="note/1", data=Noted(what="it"), actor="hand")
    studio.script["studio.do"] = lambda context: (
        Done(result="noted", writes=(write,), expected={"note/1": NEW_STREAM})
        if context.effects
        else act(page())
    )

    studio.ask().work()

    assert (studio.outside["site"].done, keys(studio.rehearsal["site"].done)) == ([], ["hello"])
    assert (studio.task()["state"], studio.task()["reason"]) == ("reconciled", "rehearsed: noted")
    assert studio.types("note/") == []


def test_what_follows_from_an_effect_is_stored_with_the_end(studio):
    write = Write(stream="note/1", data=Noted(what="it"), actor="hand")
    studio.script["studio.do"] = lambda context: (
        Done(result=context.effects[0].reference, writes=(write,), expected={"note/1": NEW_STREAM})
        if context.effects
        else act(page())
    )

    studio.ask().work()

    assert (studio.task()["reason"], studio.types("note/")) == ("site-1", ["studio.noted"])


def test_a_folder_that_may_be_a_copy_does_nothing_outside(studio):
    studio.barred = "this folder may be a copy"
    studio.script["studio.do"] = act(page())

    studio.ask().work()

    assert (studio.outside["site"].done, studio.task()["reason"]) == ([], "this folder may be a copy")


def test_what_the_provider_refuses_is_shown_with_its_words(studio):
    studio.script["studio.do"] = act(capture())
    studio.outside["pay"].instead = [refused("card declined")]

    studio.ask().work()

    assert "card declined" in studio.row().summary


def test_what_the_provider_took_and_does_not_have_is_unknown(studio):
    studio.outside["site"].take = lambda _: Sent(reference="site-x")
    studio.script["studio.do"] = act(page())

    studio.ask().work()

    assert (studio.states(), studio.row().kind) == ({"site.publish": "unknown"}, "blocked")


def test_what_follows_is_thought_over_again_at_once_when_it_rests_on_something_that_changed(studio):
    def follows(context):
        if not context.effects:
            return act(page())
        known = 1 if studio.types("note/") else NEW_STREAM
        write = Write(stream="note/1", data=Noted(what="it"), actor="hand")
        if known == NEW_STREAM:
            studio.log.append([write], expected={"note/1": NEW_STREAM})  # somebody else, at this moment
        again = Write(stream="note/1", data=Noted(what="it"), actor="hand")
        return Done(result="noted", writes=(again,), expected={"note/1": known})

    studio.script["studio.do"] = follows

    studio.ask().work()

    assert (studio.task()["state"], studio.types("note/")) == ("reconciled", ["studio.noted"] * 2)
    assert len(studio.outside["site"].done) == 1


def test_what_the_log_refuses_of_what_follows_is_shown_to_a_person(studio):
    bad = Write(stream="no stream at all", data=Noted(what="it"), actor="hand")
    studio.script["studio.do"] = lambda context: (
        Done(result="noted", writes=(bad,), expected={bad.stream: NEW_STREAM})
        if context.effects
        else act(page())
    )

    studio.ask().work()

    assert (studio.task()["attempts"], "InvalidStream" in studio.row().summary) == (2, True)
    assert len(studio.outside["site"].done) == 1


def test_what_gets_lost_again_and_again_is_not_sent_again_and_again(studio):
    studio.script["studio.do"] = act(page())
    studio.outside["site"].instead = [lambda _: Unclear(reason="cut")] * 20

    studio.ask().work()
    assert studio.types("effect/").count("effect.claimed") == 2
    for _ in range(5):
        studio.clock.move(minutes=1)
        studio.work()

    assert (studio.types("effect/").count("effect.claimed"), studio.states()) == (
        3,
        {"site.publish": "failed"},
    )
    assert studio.row().kind == "blocked"


def test_two_tasks_that_want_the_same_at_once_do_it_once(studio):
    site, met = studio.outside["site"], []

    def slow(order):
        if not met:
            met.append(order)
            studio.ask("2").worker().run_once()  # while the first one's order is on its way

    studio.script["studio.do"] = act(page())
    site.instead = [slow]

    studio.ask("1").work()
    studio.clock.move(seconds=2)
    studio.work()

    assert len(site.done) == 1
    assert studio.log.query("SELECT state FROM task").rows == [("reconciled",), ("reconciled",)]
