"""Random histories on a real log, held against a model of a few lines of plain Python."""

import shutil
import tempfile
import unicodedata
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from log_examples import booking, note, opened

from opc_kernel.event import ANY_VERSION
from opc_kernel.log.errors import EventIdTaken, PartlyStored, VersionConflict

QUICK = settings(
    max_examples=6, stateful_step_count=20, deadline=None, suppress_health_check=list(HealthCheck)
)
LONG = settings(
    max_examples=400, stateful_step_count=50, deadline=None, suppress_health_check=list(HealthCheck)
)

keys = st.sampled_from(["a", "b", "c"])
words = st.text(st.characters(codec="utf-8"), max_size=8)
amounts = st.decimals(min_value=-1000, max_value=1000, places=2).map(str)
events = st.one_of(st.tuples(st.just("note"), keys, words), st.tuples(st.just("account"), keys, amounts))


class History(RuleBasedStateMachine):
    """What was done is done to `stored` too: a list of (id, stream, said) in the order of their positions."""

    @initialize()
    def begin(self):
        self.folder = Path(tempfile.mkdtemp()) / "acme"
        self.log = opened(self.folder)
        self.stored, self.appends, self.ids = [], [], 0

    def teardown(self):
        self.log.close()
        shutil.rmtree(self.folder.parent)

    def version(self, stream):
        return sum(stream == other for _, other, _ in self.stored)

    def write(self, event, event_id):
        kind, key, said = event
        make = {"note": note, "account": booking}[kind]
        return make(key, said, event_id=event_id)

    def send(self, batch, expected=None):
        writes = [self.write(event, event_id) for event_id, event in batch]
        return self.log.append(writes, expected=expected or {write.stream: ANY_VERSION for write in writes})

    @rule(said=st.lists(events, min_size=1, max_size=5), guard=keys, exact=st.booleans())
    def append(self, said, guard, exact):
        batch = [(f"id-{self.ids + n}", event) for n, event in enumerate(said)]
        self.ids += len(said)
        streams = {f"{kind}/{key}" for kind, key, _ in said} | {f"note/{guard}"}
        expected = {stream: self.version(stream) if exact else ANY_VERSION for stream in streams}
        done = self.send(batch, expected)
        assert done.positions == tuple(range(len(self.stored) + 1, len(self.stored) + len(said) + 1))
        self.stored += [(event_id, f"{kind}/{key}", text) for event_id, (kind, key, text) in batch]
        self.appends.append((batch, done.positions))

    @rule(event=events, wrong=st.sampled_from([-1, 1, 2]))
    def conflict(self, event, wrong):
        stream = f"{event[0]}/{event[1]}"
        actual = self.version(stream)
        if actual + wrong < 0:
            return
        with pytest.raises(VersionConflict) as conflict:
            self.send([("new", event)], {stream: actual + wrong})
        assert conflict.value.actual == actual

    @rule(which=st.integers(min_value=0))
    def retry(self, which):
        if self.appends:
            batch, positions = self.appends[which % len(self.appends)]
            done = self.send(batch)
            assert (done.positions, done.repeated) == (positions, True)

    @rule(which=st.integers(min_value=0), event=events)
    def retry_with_more(self, which, event):
        if self.appends:
            batch, _ = self.appends[which % len(self.appends)]
            with pytest.raises(PartlyStored):
                self.send([*batch, ("new", event)])

    @rule(which=st.integers(min_value=0))
    def retry_with_other_content(self, which):
        if self.appends:
            (event_id, _), *_ = self.appends[which % len(self.appends)][0]
            with pytest.raises(EventIdTaken):
                self.send([(event_id, ("note", "other", "never said"))])

    @rule()
    def reopen(self):
        self.log.close()
        self.log = opened(self.folder)
        assert self.log.mended == ()

    @rule()
    def reopen_without_the_database(self):
        self.log.close()
        (self.folder / "company.duckdb").unlink()
        self.log = opened(self.folder)

    @rule()
    def rebuild(self):
        self.log.rebuild()

    @rule()
    def verify(self):
        verification = self.log.verify()
        assert verification.findings == ()
        assert verification.events == len(self.stored)

    @rule()
    def fold(self):
        assert self.log.differences() == {"note": 0, "account": 0}
        assert dict(self.log.query("SELECT stream, events FROM note").rows) == self.counts("note")
        assert dict(self.log.query("SELECT stream, bookings FROM account").rows) == self.counts("account")
        assert dict(self.log.query("SELECT stream, text FROM note").rows) == {
            stream: canonical(text) for _, stream, text in self.stored if stream.startswith("note/")
        }
        balances = {}
        for _, stream, said in self.stored:
            if stream.startswith("account/"):
                balances[stream] = balances.get(stream, Decimal(0)) + Decimal(said)
        assert dict(self.log.query("SELECT stream, balance FROM account").rows) == balances

    def counts(self, category):
        streams = [stream for _, stream, _ in self.stored if stream.startswith(f"{category}/")]
        return {stream: streams.count(stream) for stream in streams}

    @invariant()
    def the_order_is_kept(self):
        if hasattr(self, "log"):
            found = [(event.position, event.event_id, event.stream) for event in self.log.read()]
            assert found == [(n, event_id, stream) for n, (event_id, stream, _) in enumerate(self.stored, 1)]


def canonical(text):
    """As a reader of the design would say it, without the product's own function."""
    return (
        unicodedata.normalize("NFC", text).replace("\r\n", "\n").replace("\r", "\n").replace("\0", "\ufffd")
    )


TestHistory = History.TestCase
TestHistory.settings = QUICK


@pytest.mark.soak
class TestLongHistory(History.TestCase):
    settings = LONG
