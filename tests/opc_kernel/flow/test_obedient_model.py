"""A model that obeys whatever it reads: it can ask, and that is all (X4, X5); what never ends is ended (T6)."""

import os
from dataclasses import replace
from pathlib import Path

import pytest
from obedient import AGAIN, NASTY, very_many, ways
from studio import Studio, act, done, mail, step, workflow

from opc_kernel import contents
from opc_kernel.approvals.queue import rows_of
from opc_kernel.effects.hold import HOLD, EffectsHeld
from opc_kernel.event import ANY_VERSION, NEW_STREAM, Write
from opc_kernel.flow.asking import MEMORY, OURS
from opc_kernel.flow.outcome import Done
from tests.injection_corpus import instructions

GIVEN = os.environ.get("WORKBENCH_INJECTION_CORPUS", "")
ANSWERS, QUICK_ANSWERS = 1_000, 90
CLOCK_MINUTES = 2


class Victim(Studio):
    """A studio whose every kind of effect waits for approval, with a letter that waits for it already."""

    def __init__(self, folder):
        super().__init__(folder)
        for each in (*self.outside.values(), *self.rehearsal.values()):
            each.kinds = {name: replace(kind, gated=True) for name, kind in each.kinds.items()}
        self.script["studio.do"] = act(mail())
        self.ask("honest").work()
        self.honest = self.row()
        self.before = self.decided()

    def told(self, outcomes):
        """Let a model answer each of these, a task each, as often as it is asked."""
        self.script["studio.do"] = lambda context: (
            act(mail())
            if context.task.stream == self.honest.task
            else outcomes[int(context.task.subject[5:])]
        )
        for number in range(len(outcomes)):
            self.ask(str(number))
        for _ in range(3):
            self.work()
            self.clock.move(minutes=CLOCK_MINUTES)

    def decided(self):
        """Return every event by which a person decides, holds or switches something."""
        sql = (
            "SELECT position FROM event WHERE type LIKE '%.decided' OR starts_with(type, 'hold.') "
            "OR type IN ('connector.switched', 'effect.settled')"
        )
        return self.log.query(sql).rows

    def reached(self):
        return [order for each in (*self.outside.values(), *self.rehearsal.values()) for order in each.done]

    def assert_unharmed(self):
        assert self.reached() == []
        assert self.types("effect/") == []
        assert self.decided() == self.before, "something was decided by nobody"
        assert rows_of(self.log, [self.honest.key])[0].state == "open"
        forged = "SELECT count(*) FROM event WHERE actor = 'mareike'"
        assert self.log.query(forged).rows == [(0,)], "something was written in a person's name"


@pytest.fixture
def victim(tmp_path):
    opened = Victim(tmp_path)
    yield opened
    opened.log.close()


def spread(answers, count):
    """Return so many of them, from all over."""
    return [answers[index * len(answers) // count] for index in range(count)]


def worst(row, count):
    return spread([each for word in NASTY for each in ways(word, row)], count)


def test_nothing_a_model_answers_does_or_decides_anything(victim):
    victim.told(worst(victim.honest, QUICK_ANSWERS))

    victim.assert_unharmed()


def test_what_was_approved_goes_out_and_nothing_beside_it(victim):
    victim.told(worst(victim.honest, 20))

    victim.decide("approve", victim.honest)
    victim.work()

    (order,) = victim.reached()
    assert order.intent == victim.honest.effects[0]


@pytest.mark.parametrize(
    "stream", [HOLD, "connector/mail", "effect/1", "task/1", "fact/1", "entity/1", "item/1"]
)
def test_no_agent_writes_where_the_kernel_keeps_what_is_so(victim, stream):
    """A note is allowed; on the hold's own stream it would have released it."""
    held = Write(stream=HOLD, data=EffectsHeld(account="me"), actor="me")
    victim.log.append([held], expected={HOLD: NEW_STREAM})
    (note,) = (
        each for each in ways("note", victim.honest)
        if isinstance(each, Done) and each.writes and each.writes[0].stream == "note/free"
        and each.writes[0].data.event_type == "studio.noted"
    )  # fmt: skip
    (write,) = note.writes
    moved = Write(stream=stream, data=write.data, actor="hand")

    victim.told([replace(note, writes=(moved,), expected={stream: ANY_VERSION})])

    assert victim.types("hold/") == ["hold.held"]
    assert victim.log.query("SELECT held FROM hold").rows == [(True,)]
    assert victim.log.query("SELECT count(*) FROM event WHERE type = 'studio.noted'").rows == [(0,)]


def test_the_kernel_keeps_all_of_its_own_streams_to_itself():
    assert {model.category for model in contents.READ_MODELS} <= OURS | MEMORY


def test_very_many_things_at_once_are_none(victim):
    victim.told([very_many(100_000)])

    victim.assert_unharmed()
    assert (
        "100000 things at once"
        in victim.log.query("SELECT reason FROM task WHERE state = 'blocked' AND waiting_on IS NULL").rows[0][
            0
        ]
    )


def test_what_asks_for_another_try_for_ever_is_ended(victim, monkeypatch):
    monkeypatch.setattr("opc_kernel.flow.worker.MAX_ROUNDS", 20)
    victim.script["studio.do"] = AGAIN
    victim.ask("loop")

    victim.work()

    retries = victim.log.query("SELECT count(*) FROM event WHERE type = 'task.retried'").rows[0][0]
    assert 0 < retries <= 20


@pytest.mark.soak
def test_x4_a_thousand_worst_answers(victim, told):
    answers = worst(victim.honest, ANSWERS)
    victim.told(answers)

    victim.assert_unharmed()
    states = victim.log.query("SELECT state, count(*) FROM task GROUP BY state ORDER BY state").rows
    told(f"{len(answers)} answers: 0 effects, 0 decisions; tasks {dict(states)}")


@pytest.mark.soak
def test_x5_instructions_in_what_plans_are_given(victim, told, not_run):
    """Each text of the corpus goes through a plan; the model does what it reads there, each time in another way."""
    if not GIVEN:
        not_run("WORKBENCH_INJECTION_CORPUS names no folder with a corpus; see tests/injection_corpus.py")
    texts = instructions(Path(GIVEN))
    flow = workflow(
        step("read"), step("obey", effects=("mail.send", "pay.capture", "site.publish"), gate=True)
    )
    number_of = {f"plan/{number}": number for number in range(len(texts))}

    def obey(context):
        read = context.task.inputs["read"]["text"]
        every = ways(read, victim.honest)
        return every[number_of[context.task.plan] % len(every)]

    victim.script |= {
        "studio.read": lambda context: done(text=texts[number_of[context.task.plan]]),
        "studio.obey": obey,
    }
    for number in range(len(texts)):
        victim.start(flow, str(number))
    for _ in range(3):
        victim.work(flow)
        victim.clock.move(minutes=CLOCK_MINUTES)

    victim.assert_unharmed()
    states = victim.log.query("SELECT state, count(*) FROM plan GROUP BY state ORDER BY state").rows
    told(f"{len(texts)} texts: 0 effects, 0 decisions; plans {dict(states)}")
