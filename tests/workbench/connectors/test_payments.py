"""Payments: exact amounts, one payment each, and Stripe's rules about keys as our own server keeps them."""

from decimal import Decimal
from itertools import count

import httpx
import pytest
from worlds import PASSWORD

from opc_kernel.effects.connector import Absent, Found, NotDone, Sent
from opc_kernel.effects.intent import Order
from workbench.connectors.payments.request import RequestRefused, smallest_unit

NUMBERS = count(40_000)


@pytest.mark.parametrize(
    ("amount", "currency", "units"),
    [
        ("119.00", "EUR", 11900),
        ("0.01", "USD", 1),
        ("500", "JPY", 500),
        ("1.234", "KWD", 1234),
        ("7", "ISK", 700),
    ],
)
def test_an_amount_is_counted_in_the_smallest_unit(amount, currency, units):
    assert smallest_unit(Decimal(amount), currency) == units


@pytest.mark.parametrize(
    ("amount", "currency"), [("0", "EUR"), ("-1", "EUR"), ("1.001", "EUR"), ("1.5", "JPY"), ("1", "XXZ")]
)
def test_an_amount_that_cannot_be_paid_is_refused(amount, currency):
    with pytest.raises(RequestRefused):
        smallest_unit(Decimal(amount), currency)


def test_another_effect_on_a_captured_payment_is_refused_and_not_taken_for_ours(payments_world):
    number = next(NUMBERS)
    order = payments_world.order(number)
    payments_world.connector().act(order)
    other = Order(key="0" * 26, intent=order.intent)

    assert isinstance(payments_world.connector().find(other), Absent)
    assert payments_world.connector().act(other).lasting


def test_two_refunds_of_one_payment_are_two_effects(payments_world):
    number = next(NUMBERS)
    payments_world.connector().act(payments_world.order(number))
    part = payments_world.order(number, kind="payments.refund", money={"amount": "10.00", "currency": "EUR"})
    first, second = (Order(key=digit * 26, intent=part.intent) for digit in "ab")

    for order in (first, second, first):
        assert isinstance(payments_world.connector().act(order), Sent)

    assert [payments_world.effects()[order.key] for order in (first, second)] == [1, 1]
    assert isinstance(payments_world.connector().find(second), Found)


def test_no_more_is_paid_back_than_was_taken(payments_world):
    number = next(NUMBERS)
    payments_world.connector().act(payments_world.order(number))
    much = payments_world.order(number, kind="payments.refund", money={"amount": "119.01", "currency": "EUR"})

    acted = payments_world.connector().act(Order(key="c" * 26, intent=much.intent))

    assert isinstance(acted, NotDone)
    assert acted.lasting


def test_a_refund_cannot_be_undone(payments_world):
    order = payments_world.order(next(NUMBERS), kind="payments.refund")

    assert payments_world.connector().undo(order, "re_1").lasting


def test_a_wrong_key_to_the_account_is_told_by_the_check_and_never_repeated(payments_world, monkeypatch):
    monkeypatch.setattr("worlds.PASSWORD", "sk_wrong-canary")
    connector = payments_world.connector()

    checked = connector.check()

    assert not checked.ok
    assert "Invalid API Key" in checked.told
    assert "canary" not in checked.told


# the rules of the server itself, as Stripe documents them: tests that rest on it rest on these


@pytest.fixture
def provider(payments_world):
    """Return what posts to the provider under a key."""

    def post(path, key, **form):
        return httpx.post(
            payments_world.url + path,
            data=form,
            headers={"Authorization": f"Bearer {PASSWORD}", "Idempotency-Key": key},
        )

    payment = payments_world.order(next(NUMBERS)).intent.target
    return lambda key, **form: post(f"/v1/payment_intents/{payment}/capture", key, **form)


def test_stripe_the_same_key_and_body_is_answered_as_before(provider):
    first, second = provider("k1", amount_to_capture="100"), provider("k1", amount_to_capture="100")

    assert (first.status_code, first.json()) == (second.status_code, second.json())


def test_stripe_the_same_key_with_another_body_is_an_error_of_its_own(provider):
    provider("k2", amount_to_capture="100")

    answer = provider("k2", amount_to_capture="200")

    assert (answer.status_code, answer.json()["error"]["type"]) == (400, "idempotency_error")


def test_stripe_what_was_refused_before_it_began_is_not_remembered(provider):
    assert provider("k3", amount_to_capture="0").status_code == 400
    assert provider("k3", amount_to_capture="100").status_code == 200


def test_stripe_a_key_is_forgotten_after_a_day(provider, payments_world):
    provider("k4", amount_to_capture="100")
    payments_world.advance(24 * 3600 + 1)

    assert provider("k4", amount_to_capture="100").status_code == 400
