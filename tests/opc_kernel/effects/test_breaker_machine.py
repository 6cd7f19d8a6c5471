"""The breaker under random histories in virtual time: it opens, tries once, closes again, and never stays open."""

import tempfile
from datetime import timedelta
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from line import Exchange, Line

from opc_kernel.effects.connector import NotDone, Sent, Unclear

ANSWERS = {
    "sent": Sent(reference="1"),
    "refused": NotDone(reason="connection refused"),
    "busy": NotDone(reason="429", after=timedelta(seconds=70)),
    "lost": Unclear(reason="the answer was lost"),
}
LONGEST = timedelta(minutes=15)
MAIL = Line()


class BreakerMachine(RuleBasedStateMachine):
    """Four workers call one account; the model counts failures in a row and knows who is the probe."""

    @initialize()
    def begin(self):
        self.folder = tempfile.TemporaryDirectory()
        self.exchange = Exchange(Path(self.folder.name))
        self.workers = [self.exchange.another() for _ in range(4)]
        self.calling, self.failures, self.opened, self.probe, self.asked_until = {}, 0, False, None, None

    @precondition(lambda self: len(self.calling) < 4)
    @rule(pick=st.integers(0, 3))
    def knock(self, pick):
        free = [number for number in range(4) if number not in self.calling]
        worker = free[pick % len(free)]
        wait = self.workers[worker].admit(MAIL)
        now = self.exchange.clock.now()
        if wait is None:
            assert self.asked_until is None or now >= self.asked_until, (
                "what the provider asked was undershot"
            )
            if self.opened:
                assert self.probe is None or now >= self.probe[1], "two probes at once"
                self.probe = (worker, now + timedelta(minutes=5))
            self.calling[worker] = True
        else:
            assert timedelta(0) < wait.after <= LONGEST, "it would never open again"

    @precondition(lambda self: self.calling)
    @rule(pick=st.integers(0, 3), answer=st.sampled_from(sorted(ANSWERS)))
    def tell(self, pick, answer):
        worker = sorted(self.calling)[pick % len(self.calling)]
        del self.calling[worker]
        self.workers[worker].told(MAIL, ANSWERS[answer])
        if not self.opened or (self.probe is not None and self.probe[0] == worker):
            self._count(answer, is_probe=self.opened)

    def _count(self, answer, *, is_probe):
        self.probe = None if is_probe else self.probe
        if answer == "sent":
            self.failures, self.opened = 0, False
            return
        self.failures += 1
        self.opened = is_probe or self.failures >= 5
        if answer == "busy":
            self.asked_until = self.exchange.clock.now() + timedelta(seconds=70)

    @rule(seconds=st.sampled_from([1, 29, 30, 69, 70, 301, 901]))
    def wait(self, seconds):
        self.exchange.clock.move(seconds=seconds)

    @invariant()
    def is_as_open_as_the_model(self):
        state, failures = self.exchange.state(MAIL)
        assert (state != "closed") == self.opened
        assert self.opened or failures == self.failures < 5

    def teardown(self):
        self.exchange.log.close()
        self.folder.cleanup()


BreakerMachine.TestCase.settings = settings(max_examples=15, stateful_step_count=40, deadline=None)
TestBreakerMachine = BreakerMachine.TestCase
