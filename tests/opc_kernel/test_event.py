"""Event types: what a registry accepts, and how data becomes bytes."""

import json
from datetime import UTC, date, datetime

import pytest
from pydantic import ValidationError

from opc_kernel.event import EventData, InvalidEvent, Registry, UnknownEventType, Write


class Measured(EventData, type="lab.measured"):
    on: date
    value: float
    note: str | None = None


REGISTRY = Registry([Measured])


def test_bytes_are_compact_in_declared_order_without_nulls():
    assert REGISTRY.encode(Measured(value=1.5, on=date(2026, 11, 2))) == b'{"on":"2026-11-02","value":1.5}'


def test_plain_data_becomes_its_model():
    assert REGISTRY.parse("lab.measured", b'{"on": "2026-11-02", "value": 1}') == Measured(
        on=date(2026, 11, 2), value=1.0
    )


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        ({"on": "soon", "value": 1}, "on: Input should be a valid date"),
        ({"on": "2026-11-02"}, "value: Field required"),
        ({"on": "2026-11-02", "value": 1, "secret": "x"}, "secret: There is no such field"),
        ({"on": "2026-11-02", "value": "nan"}, "value: Input should be a finite number"),
    ],
)
def test_invalid_data_names_the_field_and_never_the_value(data, reason):
    with pytest.raises(InvalidEvent, match=reason) as refusal:
        REGISTRY.parse("lab.measured", json.dumps(data).encode())
    assert "soon" not in str(refusal.value)


def test_a_type_nobody_registered_is_refused():
    with pytest.raises(UnknownEventType, match=r"lab\.measure"):
        REGISTRY.parse("lab.measure", b"{}")


@pytest.mark.parametrize("name", ["", "measured", "lab.room.measured"])
def test_a_type_is_an_area_and_a_past_tense(name):
    class Odd(EventData, type=name):
        pass

    with pytest.raises(AssertionError):
        Registry([Odd])


def test_data_and_writes_cannot_be_changed():
    write = Write(stream="lab/1", data=Measured(on=date(2026, 11, 2), value=1), actor="me")
    with pytest.raises(ValidationError):
        write.data.value = 2
    with pytest.raises(AttributeError):
        write.stream = "lab/2"


def test_each_write_has_an_id_of_its_own():
    data = Measured(on=date(2026, 11, 2), value=1)
    one, other = (
        Write(stream="lab/1", data=data, actor="me", occurred_at=datetime(2026, 11, 2, tzinfo=UTC))
        for _ in range(2)
    )
    assert one.event_id != other.event_id
