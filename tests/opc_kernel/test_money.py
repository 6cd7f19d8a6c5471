"""Money: one spelling for each amount, and nothing that only looks like one."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError

from opc_kernel.money import LIMIT, AmountText, Money, format_amount, parse_amount

amounts = st.decimals(min_value=-LIMIT + 1, max_value=LIMIT - 1, places=4)


class Price(BaseModel):
    amount: AmountText


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("12.34", "12.34"),
        ("-12.34", "-12.34"),
        ("+12.3", "12.30"),
        ("12", "12.00"),
        ("0012.50", "12.50"),
        ("12.3400", "12.34"),
        ("12.345", "12.345"),
        ("0.0001", "0.0001"),
        ("-0.00", "0.00"),
        ("-0", "0.00"),
        ("0.00", "0.00"),
        ("1E+3", "1000.00"),
        ("1000000", "1000000.00"),
        (" 5 ", "5.00"),
        ("999999999999999.9999", "999999999999999.9999"),
        ("\u0661\u0662.50", "12.50"),
    ],
)
def test_an_amount_has_one_spelling(text, canonical):
    assert Price(amount=text).amount == canonical


@pytest.mark.parametrize(
    "text",
    [
        "",
        "12,34",
        "1.234,56",
        "EUR 5",
        "NaN",
        "sNaN",
        "Infinity",
        "-inf",
        "0.00001",
        "1.00000000000000000000000000000000001",
        "1000000000000000",
        "1e400000",
        "--1",
        "0x10",
        "12.34\n5",
    ],
)
def test_what_is_no_amount_is_refused_without_repeating_it(text):
    with pytest.raises(ValidationError) as refusal:
        Price(amount=text)
    message = refusal.value.errors()[0]["msg"]
    assert message.startswith("Value error, ")
    assert not text or text not in message


def test_a_float_is_no_amount():
    with pytest.raises(ValidationError):
        Price(amount=12.34)


@given(amounts)
def test_the_spelling_keeps_the_value(amount):
    text = format_amount(amount)
    assert Decimal(text) == amount
    assert format_amount(parse_amount(text)) == text
    assert Price(amount=text).amount == text


@pytest.mark.parametrize("currency", ["eur", "EU", "EURO", "E1R", "EUR\n", ""])
def test_a_currency_is_three_capitals(currency):
    with pytest.raises(ValidationError):
        Money(amount="1", currency=currency)


def test_money_calculates_with_decimals():
    assert Money.of(Decimal("12.5"), "EUR") == Money(amount="12.50", currency="EUR")
    assert Money(amount="12.50", currency="EUR").decimal * 2 == 25
