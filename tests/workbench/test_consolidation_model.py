"""A model may put a summary into its words; it names no figure that nobody said, and nothing private leaves for it."""

from datetime import UTC

import pytest
from memories import a_talk

from opc_kernel.models.models import Models
from opc_kernel.models.settings import ModelSettings
from opc_kernel.testing import ScriptedModel
from workbench.memory.consolidation_model import by_model

AWAY = {"endpoint": "https://api.example.com/v1", "model": "wise", "price_in": "1", "price_out": "10"}
SETTINGS = ModelSettings.model_validate({"small": AWAY})


def run(memory, *script):
    model = ScriptedModel(*script)
    models = Models(memory.log, model, memory.clock, SETTINGS, zone=UTC)
    memory.run(tell=by_model(models))
    (text,) = memory.summaries()
    (reason,) = {
        row[0] for row in memory.log.query("SELECT reason FROM memory_item WHERE state = 'folded'").rows
    }
    return model, text, reason


def said(text, *items):
    return {"sentences": [{"text": text, "items": list(items)}]}


def test_a_summary_in_the_words_of_a_model_says_so(memory):
    a_talk(memory)

    _, text, reason = run(memory, said("Anna delivers by 12 August for 1,450.00 EUR.", 1, 3))

    assert text == "2026-08-01: Anna delivers by 12 August for 1,450.00 EUR."
    assert reason == "summed up by a model (wise)"


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (said("Anna delivers for 1,540.00 EUR.", 1, 3), "says 1,540.00, which nobody said"),
        (said("Anna delivers by 12 September.", 1), "says september, which nobody said"),
        (said("It costs 1,450.00 EUR.", 1), "says 1,450.00, which nobody said"),
        (said("It is done.", 9), "rests on an item that is none"),
    ],
)
def test_what_nobody_said_is_refused_and_rules_stand_in(memory, answer, told):
    a_talk(memory)

    _, text, reason = run(memory, answer)

    assert reason == f"summed up in its own words: the summary of wise {told}"
    assert "2026-08-03 Anna: It costs 1,450.00 EUR with the lamp." in text


def test_what_must_not_leave_the_machine_is_summed_up_by_rules(memory):
    a_talk(memory)
    memory.keep(
        "bank", "The balance is 12.00 EUR.", day="2026-08-09", conversation="talk", place=9, local_only=True
    )

    model, _, reason = run(memory, said("All is well.", 1))

    assert model.asked == []
    assert "items must not leave this machine" in reason
