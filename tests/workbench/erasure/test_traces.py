"""Traces: what repeats the words of what goes is found, and words that others hold stay with them."""

import pytest

from opc_kernel.event import ANY_VERSION, EventData, Registry, Write
from opc_kernel.log.durable import DurableLog
from opc_kernel.log.erase import NothingToErase, Order, PayloadErased
from opc_kernel.text import Text
from workbench.erasure.traces import Wanted, find_traces, words_of


class Noted(EventData, type="demo.noted"):
    text: Text


@pytest.fixture
def log(tmp_path):
    with DurableLog(tmp_path, Registry([Noted, PayloadErased])) as log:
        yield log


def note(stream, text, **envelope):
    return Write(stream=f"note/{stream}", data=Noted(text=text), actor="me", **envelope)


def append(log, *writes):
    log.append(writes, expected={write.stream: ANY_VERSION for write in writes})


def go(log, **wanted):
    found = find_traces(log, Wanted(**{name: (value,) for name, value in wanted.items()}))
    return [(trace.event_id, trace.why) for trace in found.events], found


def test_a_text_is_found_in_whatever_case_and_its_stream_goes_with_its_beginning(log):
    append(log, note("a", "Met ANNA vogelsang", event_id="1"), note("a", "she paid", event_id="2"))
    append(log, note("b", "nothing", event_id="3"), note("b", "Anna Vogelsang", event_id="4"))
    events, found = go(log, containing="Anna Vogelsang")
    assert events == [
        ("1", "holds 'Anna Vogelsang'"),
        ("2", "its stream can't be read without what goes"),
        ("4", "holds 'Anna Vogelsang'"),
    ]
    assert "Anna Vogelsang" in found.words


def test_what_was_derived_goes_with_words_that_nobody_else_has(log):
    append(log, note("a", "Anna Vogelsang", event_id="1"))
    append(log, note("report", "Anna Vogelsang owes", event_id="2", causation_id="x"))
    append(log, note("other", "by ANNA VOGELSANG", event_id="3", causation_id="x"))
    events, found = go(log, events="1")
    assert events[1:] == [("2", "repeats 'Anna Vogelsang'"), ("3", "repeats 'Anna Vogelsang'")]
    assert found.shared == ()


def test_words_that_other_facts_hold_stay_with_them(log):
    append(log, note("a", "Rent of October", event_id="1"), note("b", "Rent of October", event_id="2"))
    append(log, note("c", "Rent of October", event_id="3", causation_id="x"))
    append(log, note("d", "Rent of October", event_id="4", causation_id="1"))
    events, found = go(log, events="1")
    assert [event_id for event_id, _ in events] == ["1", "4"]
    assert (found.words, found.shared) == ((), ("Rent of October",))


def test_what_names_an_event_goes_and_what_names_a_stream_only_if_it_repeats_it(log):
    append(log, note("a", "Anna Vogelsang", event_id="first"), note("z", "Anna Vogelsang"))
    append(log, note("x", "1.00", event_id="2", causation_id="q"))
    append(log, note("b", "first", event_id="3"), note("c", "note/a", event_id="4"))
    events, _ = go(log, events="first")
    assert events == [("first", "it was named"), ("3", "names the event at position 1")]


def test_amounts_days_ids_and_single_small_words_are_nobodys_words():
    data = """{"a": "1190.00", "b": "2026-10-10", "c": "2026-10-10T10:00:00+00:00", "d": "software",
        "e": "0123456789abcdef01234567", "f": "invoice/0123456789ab", "g": "Anna",
        "h": ["Anna Vogelsang", {"i": "DE02 1203 0000"}], "j": "line one\\n  Line Two  "}"""
    assert words_of(data) == {"Anna Vogelsang", "DE02 1203 0000", "line one", "Line Two"}


def test_nothing_is_an_error_of_its_own_and_the_log_erases_none_of_its_own_events(log):
    append(log, note("a", "Anna Vogelsang lives here", event_id="secret"))
    log.erase(lambda: Order(events=("secret",), reason="Vogelsang asked", id="2" * 26))
    for wanted in ({"streams": "note/a"}, {"events": "x"}, {"streams": "erasure/" + "2" * 26}):
        with pytest.raises(NothingToErase):
            go(log, **wanted)
    with pytest.raises(NothingToErase):
        go(log, containing="Vogelsang asked")
    with pytest.raises(NothingToErase, match="too short"):
        go(log, containing="a ")
