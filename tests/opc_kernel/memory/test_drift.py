"""Drift: a profile is held against the newest events; what differs has its reason, and what has none is told."""

import pytest
from memory_shop import Shop

from opc_kernel.event import Write
from opc_kernel.memory.drift import UNEXPLAINED, drifted
from opc_kernel.memory.fact import FactAsserted, fact_stream
from opc_kernel.memory.telling import Speaker, standing, taken_back, told

ME = Speaker(account="me")


@pytest.fixture
def shop(tmp_path):
    with (shop := Shop(tmp_path)).log:
        yield shop


def drift(shop):
    found = drifted(shop.log, shop.remembering().said())
    return [(each.name, each.predicate, each.stands, each.says, each.why) for each in found]


def test_what_was_just_remembered_has_not_drifted(shop):
    shop.hears("Acme GmbH", about={"currency": "EUR", "language": "German"}, account="DE89370400440532013000")
    shop.hears("Acme GmbH", about={"currency": "EUR"})

    assert drift(shop) == []


def test_what_the_operator_said_otherwise_is_explained(shop):
    shop.hears("Acme GmbH", about={"currency": "EUR"})
    shop.change(told(shop.log, shop.entity("Acme GmbH"), "currency", "chf", ME, region="DE"))

    assert drift(shop) == [("Acme GmbH", "currency", "CHF", "EUR", "you said so")]


def test_what_was_taken_back_is_explained(shop):
    shop.hears("Acme GmbH", about={"currency": "EUR"})
    line = standing(shop.pages()[shop.entity("Acme GmbH")], "currency", "")
    shop.change(taken_back(shop.log, line.stream, ME, reason="a slip"))

    assert drift(shop) == [("Acme GmbH", "currency", None, "EUR", "you took it back")]


def test_what_two_sources_disagree_on_is_explained(shop):
    shop.hears("Acme GmbH", about={"currency": "EUR"})
    shop.hears("Acme GmbH", about={"currency": "USD"})

    assert drift(shop) == [("Acme GmbH", "currency", "EUR", "USD", "you are asked which is so")]


def test_what_nothing_explains_is_drift(shop):
    shop.hears("Acme GmbH", about={"currency": "EUR"})
    stream = fact_stream(shop.entity("Acme GmbH"), "currency", "EUR")
    wrong = FactAsserted(
        subject=shop.entity("Acme GmbH"), predicate="currency", value="GBP", origin="document", sources=()
    )
    shop.log.append([Write(stream=stream, data=wrong, actor="a bug")], expected={stream: 1})

    assert drift(shop) == [("Acme GmbH", "currency", "GBP", "EUR", UNEXPLAINED)]
