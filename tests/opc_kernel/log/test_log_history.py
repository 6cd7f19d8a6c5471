"""Random histories on a real log, held against a model of a few lines of plain Python."""

import os
import shutil
import tempfile
import threading
import unicodedata
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from log_examples import MEMORY, booking, note, opened

from opc_kernel.event import ANY_VERSION
from opc_kernel.log.crash import STEPS
from opc_kernel.log.errors import EventIdTaken, PartlyStored, VersionConflict

QUICK = settings(
    max_examples=6, stateful_step_count=20, deadline=None, suppress_health_check=list(HealthCheck)
)
LONG = settings(
    max_examples=int(os.environ.get("SOAK_HISTORIES", "200")),
    stateful_step_count=50,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
CRASHES_PER_STEP = 3
SENDERS = 3
WHOLE = STEPS[STEPS.index("before sync") :]
"""Steps at which the record stands in the file."""

keys = st.sampled_from(["a", "b", "c"])
words = st.text(st.characters(codec="utf-8"), max_size=8)
amounts = st.decimals(min_value=-1000, max_value=1000, places=2).map(str)
events = st.one_of(st.tuples(st.just("note"), keys, words), st.tuples(st.just("account"), keys, amounts))


class Crashed(BaseException):
    """The process is no more."""


class CrashOnce:
    """Keeps the folder as it stands when an append comes to a step, as a kill would leave it; then goes no further."""

    def __init__(self, folder):
        self.folder, self.step = folder, None

    def __call__(self, step):
        if step == self.step:
            self.step = None
            shutil.copytree(self.folder, successor(self.folder))
            raise Crashed


def successor(folder):
    return folder.with_name(f"{folder.name}-again")


class History(RuleBasedStateMachine):
    """What was done is done to `stored` too: a list of (id, stream, said) in the order of their positions."""

    happened = Counter()  # noqa: RUF012 - one count for all histories of a run

    @initialize()
    def begin(self):
        self.folder = Path(tempfile.mkdtemp(dir=MEMORY if os.access(MEMORY, os.W_OK) else None)) / "acme"
        self.stored, self.appends, self.ids = [], [], 0
        self.open()

    def teardown(self):
        self.happened["histories"] += 1
        self.happened["events"] += len(self.stored)
        self.log.close()
        shutil.rmtree(self.folder.parent)

    def open(self, **options):
        self.crash = CrashOnce(self.folder)
        self.log = opened(self.folder, crash=self.crash, **options)

    def version(self, stream):
        return sum(stream == other for _, other, _ in self.stored)

    def write(self, event, event_id):
        kind, key, said = event
        make = {"note": note, "account": booking}[kind]
        return make(key, said, event_id=event_id)

    def send(self, batch, expected=None):
        writes = [self.write(event, event_id) for event_id, event in batch]
        return self.log.append(writes, expected=expected or {write.stream: ANY_VERSION for write in writes})

    def batch(self, said):
        self.ids += len(said)
        return [(f"id-{self.ids - n}", event) for n, event in enumerate(said)]

    def keep(self, batch, positions):
        """Do to the model what an append did: events of one append follow each other."""
        assert positions == tuple(range(len(self.stored) + 1, len(self.stored) + len(batch) + 1))
        self.stored += [(event_id, f"{kind}/{key}", text) for event_id, (kind, key, text) in batch]
        self.appends.append((batch, positions))

    def at_once(self, calls):
        """Let threads begin together; return what each got, an error included."""
        gate = threading.Barrier(len(calls))

        def begin(call):
            gate.wait()
            try:
                return call()
            except VersionConflict as conflict:
                return conflict

        with ThreadPoolExecutor(len(calls)) as senders:
            return list(senders.map(begin, calls))

    @rule(said=st.lists(events, min_size=1, max_size=5), guard=keys, exact=st.booleans())
    def append(self, said, guard, exact):
        batch = self.batch(said)
        streams = {f"{kind}/{key}" for kind, key, _ in said} | {f"note/{guard}"}
        expected = {stream: self.version(stream) if exact else ANY_VERSION for stream in streams}
        self.keep(batch, self.send(batch, expected).positions)

    @rule(appends=st.lists(st.lists(events, min_size=1, max_size=3), min_size=2, max_size=5))
    def append_at_once(self, appends):
        batches = [self.batch(said) for said in appends]
        done = self.at_once([lambda batch=batch: self.send(batch).positions for batch in batches])
        for positions, batch in sorted(zip(done, batches, strict=True)):
            self.keep(batch, positions)

    @rule(said=st.lists(events, min_size=1, max_size=3))
    def append_the_same_at_once(self, said):
        batch = self.batch(said)
        done = self.at_once([lambda: self.send(batch)] * SENDERS)
        assert sorted(one.repeated for one in done) == [False, *[True] * (SENDERS - 1)]
        (positions,) = {one.positions for one in done}
        self.keep(batch, positions)

    @rule(event=events)
    def race_for_one_version(self, event):
        stream = f"{event[0]}/{event[1]}"
        version, batches = self.version(stream), [self.batch([event]) for _ in range(SENDERS)]
        done = self.at_once([lambda batch=batch: self.send(batch, {stream: version}) for batch in batches])
        lost = [conflict for conflict in done if isinstance(conflict, VersionConflict)]
        assert [conflict.actual for conflict in lost] == [version + 1] * (SENDERS - 1)
        (won,) = [n for n, one in enumerate(done) if one not in lost]
        self.keep(batches[won], done[won].positions)

    @rule(said=st.lists(events, min_size=1, max_size=5), step=st.sampled_from(STEPS))
    def crash_at_a_step(self, said, step):
        batch = self.batch(said)
        self.crash.step = step
        with pytest.raises(Crashed):
            self.send(batch)
        self.log.close()
        shutil.rmtree(self.folder)
        successor(self.folder).rename(self.folder)
        self.open()
        self.happened[f"crash {step}"] += 1
        if step in WHOLE:
            done = self.send(batch)
            assert done.repeated
            self.keep(batch, done.positions)
        assert (self.log.mended == ()) == (step in {"before journal"})

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
        self.open()
        assert self.log.mended == ()

    @rule()
    def reopen_from_the_journal(self):
        self.log.close()
        self.open(from_journal=True)
        assert self.log.mended[0].startswith("the database is rebuilt as asked")

    @rule()
    def reopen_without_the_database(self):
        self.log.close()
        (self.folder / "company.duckdb").unlink()
        self.open()

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
def test_c6_long_histories(told):
    History.happened.clear()
    run_state_machine_as_test(History, settings=LONG)
    told(f"{LONG.max_examples} examples of up to {LONG.stateful_step_count} steps", dict(History.happened))
    assert all(History.happened[f"crash {step}"] >= CRASHES_PER_STEP for step in STEPS)
