"""The matcher: certain only where nothing speaks against it, and it says in words what does."""

from datetime import date
from decimal import Decimal

import pytest

from workbench.capabilities.books.matcher import (
    Invoice,
    Payment,
    alike,
    doubts,
    explain,
    is_certain,
    is_short_by_fee,
    names,
    rank,
)


def payment(line, *, on="2026-10-10"):
    amount, name, text = (part.strip() for part in line.split("|"))
    return Payment(
        stream=f"bank_transaction/{on}",
        version=1,
        booked_on=date.fromisoformat(on),
        amount=Decimal(amount),
        currency="EUR",
        counterparty=name,
        text=text,
        reference="",
        event_id="e",
    )


def invoices(lines):
    found = []
    for line in lines.strip().splitlines():
        number, party, amount, issued, due = (part.strip() for part in line.split("|"))
        found.append(
            Invoice(
                stream=f"invoice/{number}",
                version=1,
                number=number,
                party=party,
                issued_on=date.fromisoformat(issued),
                due_on=date.fromisoformat(due),
                amount=Decimal(amount),
                currency="EUR",
                event_id=number,
            )
        )
    return found


def ranked(paid, lines, *known):
    asked = invoices(lines)
    return rank(paid, asked, [*(invoice.number for invoice in asked), *known])


@pytest.mark.parametrize(
    ("words", "number"),
    [
        ("RE-2026-074", "RE-2026-074"),
        ("RE2026-074", "RE-2026-074"),
        ("RE 2026 074", "RE-2026-074"),
        ("re.2026/074", "RE-2026-074"),
        ("RE - 2026 - 074", "RE-2026-074"),
        ("RE2026074", "RE-2026-074"),
        ("Rechnung RE-2026-074 vom 1.9.", "RE-2026-074"),
        ("RE-2026-073, RE-2026-074", "RE-2026-074"),
        ("Rg.70044218", "70044218"),
        ("2026-4471 Buchhaltung", "2026-4471"),
        ("ÄÖ-2026", "äö-2026"),
    ],
)
def test_a_number_is_named_however_it_is_spaced(words, number):
    assert names(words, number)


@pytest.mark.parametrize(
    ("words", "number"),
    [
        ("RE-2026-0741", "RE-2026-074"),
        ("RE-2026-07", "RE-2026-074"),
        ("KRE-2026-074", "RE-2026-074"),
        ("RE-2026-047", "RE-2026-074"),
        ("RE    2026-074", "RE-2026-074"),
        ("DE7004421812", "70044218"),
        ("on 12 October", "12"),
        ("R-12", "R12"),
        ("", "RE-2026-074"),
        ("anything", ""),
        ("----", "----"),
        ("ticket of 2026-10-15", "2026-10"),
    ],
)
def test_a_number_is_not_named_by_what_only_looks_like_it(words, number):
    assert not names(words, number)


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("Gärtnerei Grünwald GmbH & Co. KG", "GAERTNEREI GRUENWALD"),
        ("FEINMECHANIK JUERGENS U. SOEHNE", "Feinmechanik Jürgens & Söhne GmbH"),
        ("Osterkamp, Mareike", "Mareike Osterkamp"),
        ("Cobalt Freight Inc.", "COBALT FREIGHT INC"),
        ("Hetzner", "HETZNER GmbH"),
        ("Papierwerk Lueneburg GmbH", "Papierwerk Lüneburg"),
        ("Anna Schmidt Consulting", "Anna Schmidt"),
    ],
)
def test_names_of_the_same_are_alike(left, right):
    assert alike(left, right) >= 0.85
    assert alike(right, left) == alike(left, right)


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("Hans Meier", "Meier GmbH"),
        ("Nordhafen", "Nordhafen Logistik GmbH"),
        ("GmbH", "Sandtor GmbH"),
        ("Friederike Aalund", "Studio Kranich UG"),
        ("Mieterservice Elbe", "Kontorhaus Brooktor"),
        ("", "Sandtor GmbH"),
        ("株式会社", "Sandtor GmbH"),
    ],
)
def test_names_that_share_a_word_or_nothing_are_not_clearly_alike(left, right):
    assert alike(left, right) < 0.85
    assert alike(right, left) == alike(left, right)


RE_1 = "RE-2026-001 | Sandtor GmbH | 1190.00 | 2026-10-01 | 2026-10-15"


@pytest.mark.parametrize(
    ("paid", "lines"),
    [
        ("1190.00 | Sandtor GmbH | RE-2026-001", RE_1),
        ("1190.00 | SANDTOR | thank you", RE_1),
        ("1190.00 | | RE2026001", RE_1),
        (
            "1190.00 | Sandtor GmbH | RE-2026-001",
            RE_1 + "\nRE-2026-002 | Sandtor GmbH | 1190.00 | 2026-10-02 | 2026-10-16",
        ),
        (
            "-238.00 | Druckerei Sandtor GmbH | D-118207",
            "D-118207 | Druckerei Sandtor | 238.00 | 2026-10-01 | 2026-10-15",
        ),
    ],
)
def test_it_is_certain(paid, lines):
    found = ranked(payment(paid), lines)

    assert doubts(found, []) == []
    assert is_certain(found, [])


@pytest.mark.parametrize(
    ("paid", "lines", "why"),
    [
        ("1187.50 | Sandtor GmbH | RE-2026-001", RE_1, "the amount differs"),
        (
            "1190.00 | Hans Meier | thank you",
            RE_1,
            "the payment names no invoice and the name is not clearly the same",
        ),
        ("1190.00 | Hans Meier | RE-2026-001", RE_1, "the name is another one"),
        ("1190.00 | Sandtor GmbH | RE-2026-001 and 2026-777", RE_1, "the payment names 2026-777"),
        (
            "1190.00 | Sandtor GmbH | thank you",
            RE_1 + "\nRE-2026-002 | Sandtor GmbH | 1190.00 | 2026-10-02 | 2026-10-16",
            "another open invoice has the same amount",
        ),
        (
            "1190.00 | Sandtor GmbH | RE-2026-001 RE-2026-002",
            RE_1 + "\nRE-2026-002 | Sandtor GmbH | 1190.00 | 2026-10-02 | 2026-10-16",
            "the payment names RE-2026-002",
        ),
        (
            "1190.00 | Sandtor GmbH | Re 001",
            RE_1 + "\nRE-2026-002 | Sandtor Gmbh | 1190.00 | 2026-10-01 | 2026-10-15",
            "RE-2026-002 fits nearly as well",
        ),
    ],
)
def test_it_is_doubtful_and_says_why(paid, lines, why):
    found = ranked(payment(paid), lines, "2026-777")

    assert why in doubts(found, [])
    assert not is_certain(found, [])


@pytest.mark.parametrize(
    ("on", "why"),
    [
        ("2026-09-30", "it was paid before it was issued"),
        ("2026-10-01", None),
        ("2026-12-14", None),
        ("2026-12-15", "it was paid more than 60 days after it was due"),
    ],
)
def test_the_day_must_fit(on, why):
    found = ranked(payment("1190.00 | Sandtor GmbH | RE-2026-001", on=on), RE_1)

    assert doubts(found, []) == ([why] if why else [])


@pytest.mark.parametrize(("issued", "due"), [("2026-10-01", "9999-12-31"), ("0001-01-01", "0001-01-01")])
def test_the_first_and_the_last_day_there_are_can_be_compared(issued, due):
    invoice = f"RE-2026-001 | Sandtor GmbH | 1190.00 | {issued} | {due}"
    assert ranked(payment("1190.00 | Sandtor GmbH | RE-2026-001"), invoice)


@pytest.mark.parametrize(
    ("rival", "certain"),
    [
        ("1190.00 | Sandtor GmbH | thanks", False),
        ("1190.00 | | RE-2026-001", False),
        ("1190.00 | Hans Meier | something else", True),
    ],
)
def test_an_earlier_payment_that_may_be_for_the_same_makes_it_doubtful(rival, certain):
    found = ranked(payment("1190.00 | Sandtor GmbH | RE-2026-001"), RE_1)

    assert is_certain(found, [payment(rival, on="2026-10-09")]) is certain


@pytest.mark.parametrize(
    ("paid", "short"),
    [
        ("1187.50 | Sandtor GmbH | RE-2026-001", True),
        ("1180.00 | Sandtor GmbH | RE-2026-001", True),
        ("1179.99 | Sandtor GmbH | RE-2026-001", False),
        ("1190.00 | Sandtor GmbH | RE-2026-001", False),
        ("1190.01 | Sandtor GmbH | RE-2026-001", False),
        ("1187.50 | Sandtor GmbH | thank you", False),
        ("1187.50 | Hans Meier | RE-2026-001", False),
    ],
)
def test_short_by_no_more_than_a_banks_fee(paid, short):
    paid = payment(paid)

    assert any(is_short_by_fee(found, paid) for found in ranked(paid, RE_1)) is short


def test_a_small_invoice_is_not_short_by_a_large_share():
    paid = payment("9.00 | Sandtor GmbH | RE-2026-001")
    (found,) = ranked(paid, "RE-2026-001 | Sandtor GmbH | 10.00 | 2026-10-01 | 2026-10-15")

    assert not is_short_by_fee(found, paid)


def test_nothing_fits_nothing():
    assert ranked(payment("5.00 | Kiosk | change"), RE_1) == []
    assert not is_certain([], [])


def test_an_explanation_is_one_line_a_person_can_check():
    paid = payment("1187.50 | Hans Meier | RE-2026-001")

    assert explain(ranked(paid, RE_1)[0], paid) == (
        "RE-2026-001 (Sandtor GmbH): amount differs by -2.50 EUR; its number stands in the payment; "
        f"name {alike('Hans Meier', 'Sandtor GmbH'):.0%} alike; issued 01 Oct, due 15 Oct; the name is another one"
    )


def test_the_score_is_the_sum_of_its_parts():
    (found,) = ranked(payment("1190.00 | Sandtor GmbH | RE-2026-001", on="2026-10-15"), RE_1)

    assert found.evidence == {"amount": 1.0, "reference": 1.0, "name": 1.0, "date": 1.0}
    assert found.score == 1.0
