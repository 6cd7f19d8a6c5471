"""What an event log promises to its callers, on disk and in memory alike."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from log_examples import Noted, Stranger, append, booking, note, opened

from opc_kernel import event as event_module
from opc_kernel.event import ANY_VERSION, NEW_STREAM, InvalidEvent, Registry, UnknownEventType, Write
from opc_kernel.log import append as append_module
from opc_kernel.log.append import Appended
from opc_kernel.log.errors import (
    AppendTooLarge,
    EmptyAppend,
    EventIdTaken,
    InvalidStream,
    MissingExpectation,
    PartlyStored,
    RepeatedEventId,
    TooManyEvents,
    VersionConflict,
)

BAD_STREAMS = [
    "",
    "note",
    "note/",
    "Note/a",
    "note/a/b",
    "note/a b",
    "note/a\n",
    "note/\0",
    "note/\x01",
    "note/\ud800",
    "note/" + "x" * 129,
]


def stored(log):
    return [(event.position, event.stream, event.version) for event in log.read()]


class TestAppending:
    def test_events_of_several_streams_are_stored_together_and_numbered_without_gaps(self, log):
        append(log, note("a"), note("b"), note("a"))
        append(log, note("b"))
        assert stored(log) == [(1, "note/a", 1), (2, "note/b", 1), (3, "note/a", 2), (4, "note/b", 2)]

    def test_the_answer_names_the_position_of_each_write_in_its_order(self, log):
        append(log, note("a"))
        assert append(log, note("b"), note("a")) == Appended(positions=(2, 3))

    def test_writes_may_come_from_a_generator(self, log):
        writes = (note("a", f"line {n}") for n in range(3))
        assert log.append(writes, expected={"note/a": NEW_STREAM}).positions == (1, 2, 3)

    def test_an_event_keeps_what_the_writer_said(self, log):
        write = note(
            "a",
            "hello",
            event_id="one",
            source="imap",
            source_id="<1@mail>",
            correlation_id="story",
            causation_id="before",
            consent="newsletter",
            occurred_at=datetime(2026, 10, 1, 14, 30, tzinfo=timezone(timedelta(hours=2))),
        )
        append(log, write)
        (event,) = log.read()
        assert (event.event_id, event.type, event.schema_version) == ("one", "demo.noted", 1)
        assert (event.actor, event.source, event.source_id) == ("me", "imap", "<1@mail>")
        assert (event.correlation_id, event.causation_id, event.consent) == ("story", "before", "newsletter")
        assert event.occurred_at == datetime(2026, 10, 1, 12, 30, tzinfo=UTC)
        assert event.recorded_at == datetime(2026, 11, 2, 9, tzinfo=UTC)
        assert event.text == '{"text":"hello"}'

    def test_what_is_not_said_has_a_plain_meaning(self, log):
        append(log, note("a", event_id="one"))
        (event,) = log.read()
        assert event.correlation_id == "one"
        assert event.causation_id is None
        assert event.occurred_at == event.recorded_at

    def test_an_empty_append_is_refused(self, log):
        with pytest.raises(EmptyAppend):
            log.append([], expected={})

    def test_an_append_has_a_limit_of_events(self, log, monkeypatch):
        monkeypatch.setattr(append_module, "MAX_EVENTS", 2)
        with pytest.raises(TooManyEvents):
            append(log, note("a"), note("a"), note("a"))
        assert stored(log) == []

    def test_an_append_has_a_limit_of_bytes(self, log, monkeypatch):
        monkeypatch.setattr(append_module, "MAX_APPEND_BYTES", 100)
        with pytest.raises(AppendTooLarge):
            append(log, note("a", "x" * 60), note("a", "y" * 60))

    @pytest.mark.parametrize(
        ("after", "limit", "positions"), [(0, None, [1, 2, 3]), (1, None, [2, 3]), (1, 1, [2]), (3, None, [])]
    )
    def test_reading_goes_on_after_a_position(self, log, after, limit, positions):
        append(log, note("a"), note("b"), note("c"))
        assert [event.position for event in log.read(after=after, limit=limit)] == positions


class TestVersions:
    def test_a_new_stream_is_at_version_nought(self, log):
        append(log, note("a"), a=NEW_STREAM)
        append(log, note("a"), a=1)
        assert stored(log) == [(1, "note/a", 1), (2, "note/a", 2)]

    def test_a_conflict_names_the_actual_version_and_stores_nothing(self, log):
        append(log, note("a"), note("a"))
        with pytest.raises(VersionConflict, match="note/a is at version 2, not at 1") as conflict:
            append(log, note("b"), note("a"), a=1)
        assert (conflict.value.expected, conflict.value.actual) == (1, 2)
        assert len(stored(log)) == 2

    def test_any_version_is_for_streams_whose_order_does_not_matter(self, log):
        append(log, note("a"))
        log.append([note("a")], expected={"note/a": ANY_VERSION})
        assert stored(log)[-1] == (2, "note/a", 2)

    def test_a_guard_is_checked_though_nothing_is_written_to_it(self, log):
        append(log, note("month"))
        with pytest.raises(VersionConflict, match="note/month"):
            log.append([note("a")], expected={"note/a": NEW_STREAM, "note/month": NEW_STREAM})
        log.append([note("a")], expected={"note/a": NEW_STREAM, "note/month": 1})
        assert stored(log) == [(1, "note/month", 1), (2, "note/a", 1)]

    def test_a_stream_that_is_written_needs_an_expectation(self, log):
        with pytest.raises(MissingExpectation, match="note/b"):
            log.append([note("a"), note("b")], expected={"note/a": NEW_STREAM})
        assert stored(log) == []


class TestRetries:
    def test_the_same_append_again_answers_the_stored_positions_and_adds_nothing(self, log):
        writes = [note("a", event_id="one"), note("b", event_id="two")]
        first = log.append(writes, expected={"note/a": NEW_STREAM, "note/b": NEW_STREAM})
        append(log, note("a"))
        again = log.append(writes, expected={"note/a": NEW_STREAM, "note/b": NEW_STREAM})
        assert again == Appended(positions=first.positions, repeated=True)
        assert len(stored(log)) == 3

    def test_a_retry_in_another_order_is_answered_in_that_order(self, log):
        append(log, note("a", event_id="one"), note("b", event_id="two"))
        assert append(log, note("b", event_id="two"), note("a", event_id="one")).positions == (2, 1)

    @pytest.mark.parametrize("count", [1, 30])
    def test_many_ids_are_looked_up_as_well_as_few(self, log, count):
        writes = [note(f"n{n}", event_id=f"id-{n}") for n in range(count)]
        append(log, *writes)
        assert append(log, *writes).repeated

    @pytest.mark.parametrize(
        "other",
        [
            pytest.param(note("a", "changed", event_id="one"), id="other data"),
            pytest.param(note("b", "hello", event_id="one"), id="other stream"),
            pytest.param(
                Write(stream="note/a", data=booking("x", "1").data, actor="me", event_id="one"),
                id="other type",
            ),
        ],
    )
    def test_the_same_id_with_other_content_is_refused(self, log, other):
        append(log, note("a", "hello", event_id="one"))
        with pytest.raises(EventIdTaken, match="one is stored at position 1 with other content"):
            append(log, other)
        assert len(stored(log)) == 1

    def test_a_partly_stored_append_is_refused(self, log):
        append(log, note("a", event_id="one"))
        with pytest.raises(PartlyStored, match="1 of the 2 events"):
            append(log, note("a", event_id="one"), note("a", event_id="two"))
        assert len(stored(log)) == 1

    def test_one_append_cannot_name_an_id_twice(self, log):
        with pytest.raises(RepeatedEventId, match="one"):
            append(log, note("a", event_id="one"), note("b", event_id="one"))
        assert stored(log) == []

    def test_a_refused_append_can_be_sent_again_with_the_same_ids(self, log):
        append(log, note("a"))
        with pytest.raises(VersionConflict):
            append(log, note("a", event_id="one"), a=NEW_STREAM)
        assert append(log, note("a", event_id="one"), a=1) == Appended(positions=(2,))


class TestWhatAnEventMayHold:
    def test_a_type_nobody_registered_is_refused(self, log):
        with pytest.raises(UnknownEventType, match=r"demo\.stranger"):
            append(log, Write(stream="note/a", data=Stranger(), actor="me"))

    def test_a_namesake_of_a_registered_type_is_refused(self, log):
        class Noted(Stranger, type="demo.noted"):
            pass

        with pytest.raises(UnknownEventType):
            append(log, Write(stream="note/a", data=Noted(), actor="me"))

    def test_data_has_a_limit_of_bytes(self, log, monkeypatch):
        monkeypatch.setattr(event_module, "MAX_DATA_BYTES", 100)
        with pytest.raises(InvalidEvent, match="111 bytes are more than 100"):
            append(log, note("a", "x" * 100))
        assert stored(log) == []

    def test_text_is_canonical(self, log):
        append(log, note("a", "Cafe\u0301\r\nnul\0!"))
        (event,) = log.read()
        assert event.text == '{"text":"Caf\u00e9\\nnul\ufffd!"}'

    def test_plain_text_with_a_nul_is_refused(self, folder):
        with opened(folder, Registry([Stranger])) as log:
            with pytest.raises(InvalidEvent, match="NUL"):
                append(log, Write(stream="note/a", data=Stranger(text="a\0b"), actor="me"))
            append(log, Write(stream="note/a", data=Stranger(text=r"C:\u0000"), actor="me"))

    def test_half_a_character_is_refused(self, log):
        with pytest.raises(InvalidEvent, match="half a character"):
            append(log, Write(stream="note/a", data=Noted.model_construct(text="\ud800"), actor="me"))

    def test_money_is_canonical(self, log):
        append(log, booking("giro", "-0012.5"))
        (event,) = log.read()
        assert event.text == '{"money":{"amount":"-12.50","currency":"EUR"},"text":""}'

    def test_occurred_at_needs_a_zone(self, log):
        with pytest.raises(InvalidEvent, match="no time zone"):
            append(log, note("a", occurred_at=datetime(2026, 10, 1)))  # noqa: DTZ001 - the point of the test

    def test_an_instant_that_utc_cannot_show_is_refused(self, log):
        late = datetime(9999, 12, 31, 23, tzinfo=timezone(timedelta(hours=-5)))
        with pytest.raises(InvalidEvent, match="out of range"):
            append(log, note("a", occurred_at=late))

    @pytest.mark.parametrize(
        "instant",
        [
            datetime(1, 1, 1, tzinfo=UTC),
            datetime(1969, 12, 31, 23, 59, 59, 999999, tzinfo=UTC),
            datetime(1970, 1, 1, tzinfo=UTC),
            datetime(9999, 12, 31, 23, 59, 59, 999999, tzinfo=UTC),
        ],
    )
    def test_instants_come_back_to_the_microsecond(self, log, instant):
        append(log, note("a", occurred_at=instant))
        (event,) = log.read()
        assert event.occurred_at == instant

    def test_a_stream_has_a_category_and_an_id(self, log):
        for stream in BAD_STREAMS:
            with pytest.raises(InvalidStream):
                log.append(
                    [Write(stream=stream, data=Noted(text=""), actor="me")], expected={stream: ANY_VERSION}
                )

    def test_a_guard_must_be_a_stream_too(self, log):
        with pytest.raises(InvalidStream):
            log.append([note("a")], expected={"note/a": ANY_VERSION, "month": ANY_VERSION})

    @pytest.mark.parametrize("text", ["a\nb", "a\0", "\x7f", "\ud800", "x" * 501])
    def test_ids_in_the_envelope_are_short_and_printable(self, log, text):
        for field in (
            "event_id",
            "actor",
            "source",
            "source_id",
            "correlation_id",
            "causation_id",
            "consent",
        ):
            with pytest.raises(InvalidEvent, match="envelope"):
                append(log, Write(stream="note/a", data=Noted(text=""), **{"actor": "me", field: text}))
        assert stored(log) == []

    def test_ids_in_the_envelope_may_be_in_any_script(self, log):
        append(log, note("a", source_id="Grüße\u00a0\u200b 日本語"))
        (event,) = log.read()
        assert event.source_id == "Grüße\u00a0\u200b 日本語"

    def test_an_event_needs_an_id(self, log):
        with pytest.raises(InvalidEvent, match="event_id is empty"):
            append(log, note("a", event_id=""))


def test_each_event_has_a_salt_of_its_own_and_follows_the_chain(log):
    append(log, note("a", "same"), note("b", "same"))
    first, second = log.read()
    assert first.salt != second.salt
    assert first.data_hash != second.data_hash
    assert len({first.chain_hash, second.chain_hash, "0" * 64}) == 3
