"""Linking: whoever is new is compared with everybody, one by one or in bulk; each two groups are found once."""

import pytest
from memory_shop import Shop

from opc_kernel.event import NEW_STREAM, Write
from opc_kernel.log.erase import Order
from opc_kernel.memory import linking
from opc_kernel.memory.entity import EntityFound, entity_stream
from opc_kernel.memory.fact import FactAsserted, fact_stream
from opc_kernel.memory.linking import Linking
from opc_kernel.memory.merging import kept_apart, merged

PEOPLE = {
    "Anna Kern": {"email": "anna@kern.example", "phone": "+4915112345678"},
    "Kern, Anna": {"email": "anna@kern.example", "phone": "+4915112345678"},
    "Bernd Halm": {"email": "bernd@halm.example"},
    "Carla Wied": {"phone": "+4915187654321"},
    "Karla Wied": {"phone": "+4915187654321"},
}


@pytest.fixture
def shop(tmp_path):
    with (shop := Shop(tmp_path)).log:
        yield shop


def meets(shop, *names):
    streams = {name: entity_stream("person", name) for name in names}
    writes = [
        Write(stream=stream, data=EntityFound(kind="person", name=name), actor="memory")
        for name, stream in streams.items()
    ]
    for name, subject in streams.items():
        for predicate, value in PEOPLE[name].items():
            fact = FactAsserted(
                subject=subject, predicate=predicate, value=value, origin="document", sources=()
            )
            stream = fact_stream(subject, predicate, value)
            writes.append(Write(stream=stream, data=fact, actor="memory"))
    shop.log.append(writes, expected={write.stream: NEW_STREAM for write in writes})
    return streams


def found(shop):
    sql = (
        "SELECT list_sort([one.name, other.name]) FROM likeness JOIN entity one ON one.stream = first "
        "JOIN entity other ON other.stream = second ORDER BY 1"
    )
    return [tuple(pair) for (pair,) in shop.log.query(sql).rows]


LIKELY = [("Anna Kern", "Kern, Anna"), ("Carla Wied", "Karla Wied")]


def test_each_new_one_is_compared_with_who_was_there(shop):
    linker = Linking(shop.log, region="DE")
    for name in PEOPLE:
        meets(shop, name)
        assert linker.catch_up() == 1

    assert found(shop) == LIKELY


def test_many_at_once_find_the_same(shop, monkeypatch):
    monkeypatch.setattr(linking, "MANY", 2)
    meets(shop, *PEOPLE)

    assert Linking(shop.log, region="DE").catch_up() == len(PEOPLE)

    assert found(shop) == LIKELY


def test_another_process_begins_where_the_last_one_ended(shop):
    meets(shop, "Anna Kern")
    Linking(shop.log, region="DE").catch_up()
    meets(shop, "Kern, Anna")

    assert Linking(shop.log, region="DE").catch_up() == 1
    assert found(shop) == LIKELY[:1]


def test_who_is_known_by_something_new_is_looked_at_again(shop):
    linker = Linking(shop.log, region="DE")
    streams = meets(shop, "Bernd Halm", "Anna Kern")
    linker.catch_up()
    assert found(shop) == []

    name = FactAsserted(
        subject=streams["Bernd Halm"], predicate="name", value="Anna Kern", origin="document", sources=()
    )
    stream = fact_stream(streams["Bernd Halm"], "name", "Anna Kern")
    shop.log.append([Write(stream=stream, data=name, actor="memory")], expected={stream: NEW_STREAM})

    assert linker.catch_up() == 1
    assert found(shop) == [("Anna Kern", "Bernd Halm")]


def test_two_groups_are_found_once(shop):
    streams = meets(shop, "Carla Wied", "Karla Wied")
    shop.change(
        merged(
            shop.log,
            streams["Karla Wied"],
            streams["Carla Wied"],
            evidence=(),
            decided_by="operator",
            actor="me",
        )
    )
    linker = Linking(shop.log, region="DE")

    linker.catch_up()

    assert found(shop) == [], "they are one already"


def test_who_was_kept_apart_is_found_no_more(shop):
    streams = meets(shop, "Anna Kern", "Kern, Anna")
    shop.change(kept_apart(shop.log, *streams.values(), reason="sisters", actor="me"))

    Linking(shop.log, region="DE").catch_up()

    assert found(shop) == []


def test_who_was_erased_since_is_compared_with_nobody(shop):
    linker = Linking(shop.log, region="DE")
    anna = meets(shop, "Anna Kern")["Anna Kern"]
    linker.catch_up()
    streams = [
        anna,
        *(each for (each,) in shop.log.query("SELECT stream FROM fact WHERE subject = $it", it=anna)),
    ]
    events = shop.log.query(
        "SELECT event_id FROM event WHERE list_contains($streams::VARCHAR[], stream)", streams=streams
    )
    shop.log.erase(lambda: Order(events=tuple(each for (each,) in events)))
    meets(shop, "Kern, Anna")

    assert linker.catch_up() == 1
    assert found(shop) == []
