"""What crosses between processes comes out as it went in, errors too."""

import json
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from types import NoneType
from typing import get_args

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from opc_kernel.errors import KernelError
from opc_kernel.event import InvalidEvent, Registry, UnknownEventType, Write
from opc_kernel.log.append import draft
from opc_kernel.log.errors import (
    CompanyBusy,
    EventIdTaken,
    JournalDamaged,
    PartlyStored,
    QueryRefused,
    VersionConflict,
)
from opc_kernel.log.rows import Rows
from opc_kernel.money import Money
from workbench import composition, wire
from workbench.capabilities.books.events import InvoiceIssued

text = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
zones = st.sampled_from([UTC, timezone(timedelta(hours=5, minutes=30)), timezone(timedelta(hours=-8))])
plain = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | text
    | st.decimals(allow_nan=False, allow_infinity=False)
    | st.dates()
    | st.datetimes(timezones=zones)
    | st.binary(max_size=40)
)
values = st.recursive(
    plain, lambda each: st.lists(each, max_size=4) | st.dictionaries(text, each, max_size=4)
)


@given(values)
def test_what_is_packed_comes_out_as_it_was(value):
    there = wire.decode(wire.encode(wire.pack(value)))

    back = wire.unpack(there)

    assert back == value
    assert type(back) is type(value)


@given(st.lists(st.tuples(plain, plain), max_size=5))
def test_an_answer_comes_out_as_it_was(rows):
    answer = Rows(columns=("a", "b"), types=("x", "y"), rows=rows)

    back = wire.unpack_rows(wire.pack_rows(answer))

    assert back == answer
    assert [list(map(type, row)) for row in back] == [list(map(type, row)) for row in rows]


@given(
    st.sampled_from(
        [st.booleans(), st.integers(), text, st.decimals(allow_nan=False, allow_infinity=False), st.dates()]
    ).flatmap(lambda each: st.lists(st.tuples(st.none() | each), max_size=6))
)
def test_a_column_of_one_type_comes_out_as_it_was(rows):
    answer = Rows(columns=("a",), types=("x",), rows=rows)

    back = wire.unpack_rows(wire.pack_rows(answer))

    assert back == answer
    assert [type(row[0]) for row in back] == [type(row[0]) for row in rows]


name = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=40)
INVOICE = {
    "number": "RE-1",
    "direction": "out",
    "party": "Sandtor",
    "issued_on": date(2026, 10, 1),
    "due_on": date(2026, 10, 15),
    "money": Money.of("1190.00", "EUR"),
}


@given(name, text, st.none() | st.datetimes(timezones=zones), st.none() | name)
def test_a_write_comes_out_as_it_was(actor, note, at, source_id):
    data = InvoiceIssued(**INVOICE, note=note)
    write = Write(stream="invoice/1", data=data, actor=actor, occurred_at=at, source_id=source_id)
    types = composition.registry()

    content = wire.pack_append(draft([write], {"invoice/1": 3}, types), {"invoice/1": 3})
    writes, expected = wire.unpack_append(content, types)

    told = msgspec.structs.replace(write, correlation_id=write.event_id)  # the first of its story
    assert (list(writes), expected) == ([told], {"invoice/1": 3})


@pytest.mark.parametrize("model", composition.EVENTS, ids=lambda model: model.event_type)
def test_what_an_event_may_leave_out_may_be_missing_when_it_is_read_again(model):
    """Nothing is stored for a field without a value, so such a field needs a default."""
    without = [name for name, field in model.model_fields.items() if NoneType in get_args(field.annotation)]

    assert [name for name in without if model.model_fields[name].is_required()] == []


def test_a_write_of_a_type_nobody_knows_is_refused():
    write = Write(stream="invoice/1", data=InvoiceIssued(**INVOICE), actor="x")
    content = wire.pack_append(draft([write], {"invoice/1": 0}, composition.registry()), {"invoice/1": 0})

    writes, _ = wire.unpack_append(content, Registry(()))

    with pytest.raises(UnknownEventType):
        list(writes)


@pytest.mark.parametrize("content", [b"", b"{}", b"[]", b"\xff", b'{"expected": {"a": "b"}}'])
def test_what_is_no_append_is_not_understood(content):
    with pytest.raises(msgspec.MsgspecError):
        wire.unpack_append(content, composition.registry())


@pytest.mark.parametrize(
    "error",
    [
        VersionConflict("invoice/1", 3, 4),
        EventIdTaken("e1", 7),
        PartlyStored(1, 2),
        InvalidEvent("books.invoice_issued", "number: missing"),
        UnknownEventType("books.guessed"),
        QueryRefused("it is an UPDATE"),
        CompanyBusy(Path("/acme"), "'workbench up' (process 7)"),
        JournalDamaged(Path("/acme/journal/1"), 3, "its hash differs"),
    ],
)
def test_an_error_keeps_its_type_its_words_and_its_facts(error):
    there = wire.decode(wire.encode(wire.pack_error(error)))

    back = wire.unpack_error(there)

    assert type(back) is type(error)
    assert (str(back), back.happened, back.todo) == (str(error), error.happened, error.todo)
    facts = {name: str(fact) for name, fact in vars(error).items()}
    assert {name: str(fact) for name, fact in vars(back).items()} == facts


def test_numbers_in_an_error_stay_numbers():
    back = wire.unpack_error(wire.pack_error(VersionConflict("invoice/1", 3, 4)))

    assert (back.stream, back.expected, back.actual) == ("invoice/1", 3, 4)


def test_an_error_of_another_release_keeps_its_words():
    back = wire.unpack_error({"error": "NewProblem", "facts": {"happened": "It rained.", "todo": "Wait."}})

    assert (type(back), str(back)) == (KernelError, "It rained. Wait.")


@given(values | st.floats() | st.tuples(plain, plain))
def test_whatever_it_is_it_can_be_printed_as_json(value):
    json.loads(json.dumps(wire.plain(value), allow_nan=False))


def test_records_are_printed_for_scripts_without_tags():
    record = {"amount": Decimal("12.50"), "on": date(2026, 10, 1), "at": datetime(2026, 10, 1, tzinfo=UTC)}

    assert wire.plain(record) == {
        "amount": "12.50",
        "on": "2026-10-01",
        "at": "2026-10-01T00:00:00+00:00",
    }
