"""Erased words go out of the summaries that told them; what others said comes back, and is told anew."""

from datetime import UTC

import pytest
from memories import Memories

from opc_kernel.event import ANY_VERSION, NEW_STREAM, Write
from opc_kernel.memory.item import ItemKept
from opc_kernel.models.call import ModelCallReserved
from opc_kernel.models.models import Models
from opc_kernel.models.settings import ModelSettings
from opc_kernel.testing import ScriptedModel
from workbench.erasure.erasing import erase_payload, preview_erasure
from workbench.erasure.traces import Wanted
from workbench.memory.consolidation import Consolidation
from workbench.memory.consolidation_model import by_model
from workbench.memory_settings import MemorySettings
from workbench.planning.events import WorkRequested

AWAY = ModelSettings.model_validate(
    {"small": {"endpoint": "https://api.example.com/v1", "model": "wise", "price_in": "1", "price_out": "10"}}
)
CALLED = (
    "SELECT type FROM event WHERE starts_with(stream, 'model_call/') AND data IS NOT NULL ORDER BY position"
)
CALLS = ["model.call_reserved", "model.call_answered"]
POLICY = MemorySettings(sum_up_after_days=30, sum_up_items=2, fade_after_days=90)
WORDS = (
    "Anna Vogelsang will pay 1,450.00 EUR by 12 May.",
    "Bert Kranich decided on the blue sign.",
    "The harbour office pays 90 EUR for the lamp.",
)


@pytest.fixture
def talk(shop):
    """A conversation of three, each turn from an event of its own, summed up."""
    for place, text in enumerate(WORDS):
        turn(shop, place, text)
    consolidate(shop)
    return shop


def turn(shop, place, text):
    asked = Write(
        stream=f"request/{place}", data=WorkRequested(words=text, account="mareike"), actor="mareike"
    )
    shop.company.append([asked], expected={asked.stream: NEW_STREAM})
    data = ItemKept(kind="mail", text=text, sources=(asked.event_id,), conversation="talk", place=place)
    kept = Write(
        stream=f"item/0{place}", data=data, actor="memory", causation_id=asked.event_id,
        occurred_at=shop.clock.now().replace(month=5, day=place + 1),
    )  # fmt: skip
    shop.company.append([kept], expected={kept.stream: ANY_VERSION})


def consolidate(shop):
    return dict(Consolidation(shop.company, POLICY, clock=shop.clock).run())


def erase(shop, text):
    wanted = Wanted(containing=(text,))
    erase_payload(shop.company, wanted, confirmed=preview_erasure(shop.company, wanted).hash)


def test_a_summary_is_told_anew_without_what_was_erased(talk):
    erase(talk, "Anna Vogelsang")
    assert Memories(talk.company, None).summaries() == [], "what repeated her words went with them"

    assert consolidate(talk) == {"sum up": 2}

    (text,) = Memories(talk.company, None).summaries()
    assert [line.partition(": ")[2] for line in text.splitlines()] == list(WORDS[1:])


def test_what_was_said_after_the_first_telling_goes_alone(talk):
    turn(talk, 3, "Clara Windhuk asks for 70 EUR.")
    consolidate(talk)
    erase(talk, "Clara Windhuk")
    consolidate(talk)

    (text,) = Memories(talk.company, None).summaries()
    assert [line.partition(": ")[2] for line in text.splitlines()] == list(WORDS)


def test_one_that_is_left_alone_comes_back_word_for_word(talk):
    erase(talk, "Anna Vogelsang")
    erase(talk, "Bert Kranich")
    consolidate(talk)

    assert Memories(talk.company, None).states() == {"02": "kept"}


def by_a_model(shop, answer):
    """Let a model put the talk into its own words; return the texts of what it was asked and answered."""
    models = Models(shop.company, ScriptedModel(answer), shop.clock, AWAY, zone=UTC)
    consolidation = Consolidation(shop.company, POLICY, clock=shop.clock, tell=by_model(models))
    return dict(consolidation.run())


@pytest.mark.parametrize("words", ["Anna Vogelsang", "The harbour office"], ids=["first", "last"])
def test_what_a_model_made_of_erased_words_goes_with_them(shop, words):
    for place, text in enumerate(WORDS):
        turn(shop, place, text)
    sentence = {"text": "Somebody settles a debt in spring.", "items": [1, 3]}
    assert by_a_model(shop, {"sentences": [sentence]}) == {"sum up": 3}
    assert [kind for (kind,) in shop.ask(CALLED)] == CALLS

    erase(shop, words)

    assert [kind for (kind,) in shop.ask(CALLED)] == CALLS[:1], (
        "the answer tells of her; what it may cost stays"
    )
    for path in shop.folder.rglob("*"):
        assert not path.is_file() or b"settles a debt" not in path.read_bytes(), path


def test_what_a_model_was_asked_about_others_stays(talk):
    reserved = {"capability": "books", "purpose": "x", "prompt": "p", "prompt_version": 1, "request": "r"}
    of = {
        **reserved,
        "tier": "small",
        "host": "h",
        "model": "m",
        "day": "2026-05-01",
        "at_most": "1",
        "currency": "EUR",
    }
    call = ModelCallReserved(task="item/02", **of)
    talk.company.append(
        [Write(stream="model_call/1", data=call, actor="memory")], expected={"model_call/1": NEW_STREAM}
    )

    erase(talk, "Anna Vogelsang")

    assert talk.ask(CALLED) == [("model.call_reserved",)]
