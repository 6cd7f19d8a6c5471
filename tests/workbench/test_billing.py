"""Charging: captured, recorded and mailed once each; where one of them fails a person is asked."""

from datetime import date

import pytest
from capabilities_world import approve, effects, plan, start
from shop import INVOICES

from opc_kernel.effects.connector import NotDone, Pair
from workbench import composition
from workbench.capabilities.billing.cashier import ChargeAsked, asked_with
from workbench.capabilities.billing.number import next_number

ASKED = {
    "customer": "Sandtor GmbH",
    "email": "office@sandtor.example",
    "amount": "119.00",
    "currency": "EUR",
    "payment": "pi_3Nxyz",
    "what": "advice",
}
BEFORE = "RE-2026-001,out,Nordhafen,2026-10-01,2026-10-15,1190.00,EUR\n"


def charge(shop, name="1"):
    start(shop, "billing.charge", ASKED, name)


def booked(shop):
    return shop.ask(
        "SELECT number, party, amount::DECIMAL(9, 2)::VARCHAR, email FROM invoice ORDER BY position"
    )


class Real:
    """A sandbox's connector that acts for real here, and refuses what a test says."""

    def __init__(self, connector, reason):
        self._connector, self._reason = connector, reason

    def __getattr__(self, name):
        return getattr(self._connector, name)

    def act(self, order):
        if self._reason:
            return NotDone(reason=self._reason, lasting=True)
        return self._connector.act(order)


@pytest.fixture
def real(monkeypatch):
    """Return what lets every connector act for real, some of them refusing."""
    pairs_of = composition.connectors
    monkeypatch.setattr("opc_kernel.effects.standing.mode_of", lambda *_: "production")
    monkeypatch.setattr(composition, "look", lambda *_: None)  # a test's company is a copy

    def refusing(**reasons):
        def connectors(*arguments, **more):
            pairs = pairs_of(*arguments, **more)
            return {
                name: Pair(sandbox=pair.sandbox, production=Real(pair.sandbox, reasons.get(name, "")))
                for name, pair in pairs.items()
            }

        monkeypatch.setattr(composition, "connectors", connectors)

    return refusing


def test_a_payment_is_captured_its_invoice_recorded_and_mailed(shop, real):
    real()
    shop.take(INVOICES + BEFORE, "invoices.csv")
    charge(shop)
    assert shop.row().summary == "Capture 119.00 EUR from Sandtor GmbH for invoice RE-2026-002"
    assert booked(shop) == [("RE-2026-001", "Nordhafen", "1190.00", "")]

    approve(shop)
    assert booked(shop)[1:] == [("RE-2026-002", "Sandtor GmbH", "119.00", "office@sandtor.example")]
    assert (
        "Invoice RE-2026-002 of 02 Nov 2026\nTo Sandtor GmbH\n\nadvice\nTotal: 119.00 EUR"
        in shop.row().content
    )
    approve(shop)

    assert effects(shop) == [
        ("payments.capture", "pi_3Nxyz", "confirmed"),
        ("mail.send", "office@sandtor.example", "confirmed"),
    ]
    assert plan(shop) == "completed"


def test_an_invoice_is_drafted_and_the_capture_of_its_payment_fails(shop, real):
    real(payments="card declined")
    charge(shop)
    approve(shop)

    assert "card declined" in shop.row().summary
    assert (plan(shop), booked(shop)) == ("running", [])
    shop.decide(shop.row(), "answer", choice="cancel")

    assert (plan(shop), booked(shop), shop.queue()) == ("failed", [], [])
    charge(shop, "2")
    assert shop.row().summary.endswith("for invoice 2026-001")


def test_a_payment_is_captured_and_its_invoice_is_refused_for_good(shop, real):
    real(mail="nobody of that name")
    charge(shop)
    approve(shop)
    approve(shop)

    assert "nobody of that name" in shop.row().summary
    assert effects(shop)[0] == ("payments.capture", "pi_3Nxyz", "confirmed")
    shop.decide(shop.row(), "answer", choice="done", note="printed and posted")

    assert (plan(shop), len(booked(shop)), shop.queue()) == ("completed", 1, [])


def test_in_the_sandbox_no_invoice_comes_of_it_and_its_number_stays_free(shop):
    charge(shop)
    approve(shop)
    approve(shop)

    assert (plan(shop), booked(shop)) == ("completed", [])
    charge(shop, "2")
    assert shop.row().summary.endswith("for invoice 2026-001")


def test_two_charges_at_once_take_two_numbers(shop):
    charge(shop)
    charge(shop, "2")

    numbers = sorted(row.summary.rpartition(" ")[2] for row in shop.queue())
    assert numbers == ["2026-001", "2026-002"]


def test_a_number_that_somebody_took_meanwhile_is_shown(shop, real):
    real()
    charge(shop)
    shop.take(INVOICES + BEFORE.replace("RE-2026-001", "2026-001"), "invoices.csv")
    (capture,) = [row for row in shop.queue() if row.kind == "proposal"]
    shop.decide(capture, "approve")

    assert any("is in the books already" in row.summary for row in shop.queue())


@pytest.mark.parametrize(
    ("numbers", "following"),
    [
        ([], "2026-001"),
        (["RE-2026-068"], "RE-2026-069"),
        (["RE-2026-068", "RE-2026-007"], "RE-2026-069"),
        (["RE-2025-068"], "RE-2026-001"),
        (["99", "100"], "101"),
        (["A-9", "draft"], "A-10"),
    ],
)
def test_the_next_number_follows_the_highest_of_its_kind(numbers, following):
    assert next_number(numbers, date(2026, 11, 2)) == following


def test_a_request_says_what_it_is_asked_with():
    words = "charge Sandtor GmbH 119.00 EUR for advice to office@sandtor.example with pi_3Nxyz"

    assert asked_with(words) == ASKED
    assert ChargeAsked.model_validate(asked_with(words)).amount == "119.00"
    assert asked_with("charge somebody") == {}
