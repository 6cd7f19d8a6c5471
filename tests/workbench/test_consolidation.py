"""Consolidation folds what says the same, sums up what is over, and lets go what nobody used; nothing of it is lost."""

import pytest
from memories import a_talk

from opc_kernel.event import Write
from opc_kernel.memory.consolidating import Told
from opc_kernel.memory.fact import FactAsserted
from workbench.memory.consolidation import NotAnItem, brought_back


def test_the_same_words_twice_fold_into_the_first(memory):
    memory.keep("first", "The harbour office is closed on Fridays.", day="2026-10-01")
    memory.keep("again", "the harbour office  is closed\non Fridays.\n> what was quoted", day="2026-10-20")

    assert memory.run() == {"fold": 1}
    assert (memory.states(), memory.into("again")) == ({"again": "folded", "first": "kept"}, "item/first")


@pytest.mark.parametrize(
    "other",
    [
        "The rent of unit 4 is 901 EUR from 1 May, says Anna.",
        "The rent of unit 4 is 900 EUR from 2 May, says Anna.",
        "The rent of unit 4 is 900 EUR from 1 May, says Hanna.",
        "The rent of unit 4 is not 900 EUR from 1 May, says Anna.",
        "The rent of unit 4 is 9.00 EUR from 1 May, says Anna.",
    ],
)
def test_what_differs_in_a_number_a_day_a_name_or_a_no_never_folds(memory, other):
    memory.keep("one", "The rent of unit 4 is 900 EUR from 1 May, says Anna.")
    memory.keep("other", other)

    assert memory.run() == {}


def test_a_short_answer_given_again_is_another_answer(memory):
    memory.keep("one", "Yes, please.")
    memory.keep("other", "Yes, please.")

    assert memory.run() == {}


def test_the_same_words_of_somebody_else_stay(memory):
    memory.keep("one", "I can't come to the meeting today.", speaker="Anna")
    memory.keep("other", "I can't come to the meeting today.", speaker="Ben")
    memory.keep("third", "I can't come to the meeting today.", speaker="Anna", about=("entity/other",))

    assert memory.run() == {}


def test_a_talk_that_is_over_becomes_one_summary_with_its_amounts_and_days(memory):
    a_talk(memory)

    assert memory.run() == {"sum up": 4}
    (text,) = memory.summaries()
    assert text.splitlines()[0] == "2026-08-01 Anna: We will deliver the new sign by 12 August."
    assert "2026-08-03 Anna: It costs 1,450.00 EUR with the lamp." in text
    assert {*memory.states().values()} == {"folded"}


def test_a_summary_names_the_events_of_all_it_stands_for(memory):
    a_talk(memory)
    memory.run()

    (row,) = memory.log.query(
        "SELECT sources, entities, conversation FROM memory_item WHERE kind = 'summary'"
    ).rows
    assert row == (["e-talk0", "e-talk1", "e-talk2", "e-talk3"], ["entity/acme"], "talk")


def test_a_new_turn_makes_the_summary_anew_and_never_a_second_one(memory):
    a_talk(memory)
    memory.run()
    memory.keep(
        "late", "The lamp was broken, we ask for 90 EUR back.", day="2026-08-20", conversation="talk", place=4
    )

    assert memory.run() == {"sum up": 1}
    (text,) = memory.summaries()
    assert "90 EUR back" in text
    assert "1,450.00 EUR" in text


def test_what_was_said_lately_stays_word_for_word(memory):
    a_talk(memory, month="2026-11")

    assert memory.run() == {}


def test_the_small_items_of_a_month_become_one_summary(memory):
    for day in ("03", "11", "25"):
        memory.keep(
            f"call{day}",
            f"Called on 2026-08-{day}: they want offer {day}.",
            day=f"2026-08-{day}",
            title="Call",
        )
    memory.keep("other", "Somebody else called about 3 lamps.", day="2026-08-04", about=("entity/other",))

    assert memory.run() == {"sum up": 3}
    assert memory.states()["other"] == "kept"


def test_what_machines_send_with_other_figures_is_soon_one_item(memory):
    for day in range(20, 31):
        memory.keep(
            f"beat{day}", f"Copy of 10-{day}: {day * 7} files.", day=f"2026-10-{day}", speaker="copies"
        )

    assert memory.run() == {"sum up": 9}
    (text,) = memory.summaries()
    assert "2026-10-28 copies: Copy of 10-28: 196 files." in text
    assert [name for name, state in memory.states().items() if state == "kept"] == ["beat29", "beat30"]


def test_looking_again_changes_nothing(memory):
    a_talk(memory)
    memory.run()

    assert memory.run() == {}


def test_two_that_consolidate_at_once_do_it_once(memory):
    a_talk(memory)
    first, second = memory.consolidation(), memory.consolidation()

    def tell_late(episode):
        second.run()
        return Told(text="told twice")

    first._tell = tell_late
    first.run()

    assert len(memory.summaries()) == 1
    assert memory.log.query("SELECT count(*) FROM event WHERE type = 'memory.item_folded'").rows == [(4,)]


def test_what_nobody_used_fades(memory):
    memory.keep("chat", "Lovely weather in the harbour.", day="2026-06-01")
    memory.clock.move(days=91)

    assert memory.run() == {"fade": 1}
    assert memory.states() == {"chat": "faded"}


@pytest.mark.parametrize(
    "text",
    ["We promise to call.", "It is 30 EUR.", "We agreed on blue.", "Wir haben es vereinbart.", "Ich werde kommen."],
)  # fmt: skip
def test_money_promises_and_decisions_never_fade(memory, text):
    memory.keep("weighs", text, day="2026-06-01")
    memory.clock.move(days=91)

    assert memory.run() == {}


def test_what_an_event_named_or_a_fact_rests_on_does_not_fade(memory):
    memory.keep("ground", "Her desk is next to the window.", day="2026-06-01")
    memory.append(
        [
            Write(
                stream="fact/1",
                data=FactAsserted(
                    subject="entity/acme",
                    predicate="note",
                    value="window",
                    origin="message",
                    sources=("e-ground",),
                ),
                actor="me",
            )
        ]
    )
    memory.clock.move(days=91)

    assert memory.run() == {}


def test_what_a_person_brings_back_no_policy_touches_again(memory):
    a_talk(memory)
    memory.run()
    change = brought_back(memory.log, "item/talk1", reason="I want it", account="mareike")
    memory.append(change.writes)
    memory.clock.move(days=400)
    memory.run()

    assert memory.states() == {"talk0": "folded", "talk1": "kept", "talk2": "folded", "talk3": "folded"}


def test_a_summary_taken_back_gives_back_everything(memory):
    a_talk(memory)
    before = memory.states()
    memory.run()
    stream = memory.into("talk0")
    memory.append(brought_back(memory.log, stream, reason="no", account="mareike").writes)

    assert (memory.states(), memory.summaries(), memory.run()) == (before, [], {})


def test_what_stands_can_not_be_brought_back(memory):
    memory.keep("one", "It stands.")

    with pytest.raises(NotAnItem):
        brought_back(memory.log, "item/one", reason="", account="mareike")


def test_a_preview_tells_what_would_be_done_and_does_nothing(memory):
    a_talk(memory)
    memory.keep("first", "The harbour office is closed on Fridays.")
    memory.keep("again", "The harbour office is closed on Fridays.")
    end = memory.log.query("SELECT max(position) FROM event").rows

    told = [(change.does, len(change.items)) for change in memory.consolidation().preview()]

    assert told == [("fold", 1), ("sum up", 4)]
    assert memory.log.query("SELECT max(position) FROM event").rows == end


def test_an_endless_talk_is_summed_up_in_parts(memory):
    for place in range(450):
        memory.keep(
            f"turn{place:03}",
            f"Point {place} is settled at {place} EUR.",
            day="2026-06-01",
            conversation="endless",
            place=place,
        )

    assert memory.run() == {"sum up": 450}
    assert len(memory.summaries()) == 3
