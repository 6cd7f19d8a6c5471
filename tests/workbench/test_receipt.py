"""Reading receipts: the right one of several amounts, day, vendor and number, or nothing where it is not said."""

from datetime import date
from decimal import Decimal

import pytest

from workbench.capabilities.books.receipts.amounts import Role, amounts, number_of
from workbench.capabilities.books.receipts.reading import MAX_CHARS, read

GERMAN = """
    Muster Hosting GmbH · Am Markt 1 · 80331 München
    Rechnung
    An: Werkstatt Huber, Gasse 5
    Rechnungsnummer: RE-2026-0117
    Rechnungsdatum: 03.05.2026
    Leistungszeitraum: 01.04.2026 bis 30.04.2026
    Server S, 1 Monat           35,38 €
    Zwischensumme               35,38 €
    zzgl. 19 % MwSt.             6,72 €
    Gesamtbetrag                42,10 €
    Zahlbar bis 17.05.2026. Der Betrag wird abgebucht.
"""

ENGLISH = """
    Receipt from Northwind Labs, Inc.
    Receipt number 2041-7788
    Date paid February 7, 2026
    Payment method VISA - 4242
    Pro plan            $80.00
    Subtotal            $80.00
    Discount           -$10.00
    Sales tax            $5.60
    Total               $75.60
    Amount paid         $75.60
"""


def test_the_address_of_a_machine_is_no_amount():
    assert read("Quittung: gesendet von 173.193.210.44").amount is None


def test_a_german_invoice_is_read_whole():
    found = read(GERMAN, own_names=["Werkstatt Huber"])

    assert (found.amount, found.currency) == (Decimal("42.10"), "EUR")
    assert found.day == date(2026, 5, 3)
    assert found.number == "RE-2026-0117"
    assert found.vendor.startswith("Muster Hosting GmbH")
    assert not found.is_paid


def test_an_english_receipt_is_read_whole():
    found = read(ENGLISH)

    assert (found.amount, found.currency) == (Decimal("75.60"), "USD")
    assert found.day == date(2026, 2, 7)
    assert found.number == "2041-7788"
    assert "Northwind Labs" in found.vendor
    assert found.is_paid


def test_each_amount_is_told_apart():
    roles = {(one.role, one.amount) for one in read(ENGLISH).amounts}

    assert roles == {
        (Role.OTHER, Decimal("80.00")),
        (Role.NET, Decimal("80.00")),
        (Role.DISCOUNT, Decimal("-10.00")),
        (Role.TAX, Decimal("5.60")),
        (Role.TOTAL, Decimal("75.60")),
    }


@pytest.mark.parametrize(
    ("line", "role"),
    [
        ("Subtotal: $10.00", Role.NET),
        ("Total before tax: $10.00", Role.NET),
        ("Nettobetrag 10,00 €", Role.NET),
        ("Summe ohne MwSt.: 10,00 €", Role.NET),
        ("VAT (20%): £10.00", Role.TAX),
        ("inkl. 7 % MwSt: 10,00 €", Role.TAX),
        ("Total incl. VAT: £10.00", Role.TOTAL),
        ("Gesamtbetrag inkl. 19 % MwSt: 10,00 €", Role.TOTAL),
        ("Zu zahlen: EUR 10,00", Role.TOTAL),
        ("Grand Total: $10.00", Role.TOTAL),
        ("Deposit paid: $10.00", Role.DEPOSIT),
        ("Anzahlung: 10,00 €", Role.DEPOSIT),
        ("Refund total: $10.00", Role.REFUND),
        ("Erstattungsbetrag: 10,00 €", Role.REFUND),
        ("Gutschrift: 10,00 €", Role.REFUND),
        ("Shipping & handling: $10.00", Role.FEE),
        ("Versandkosten: 10,00 €", Role.FEE),
        ("New balance: $10.00", Role.BALANCE),
        ("Rabatt: 10,00 €", Role.DISCOUNT),
        ("Blue pen: $10.00", Role.OTHER),
    ],
)
def test_an_amount_is_what_the_words_before_it_say(line, role):
    (found,) = amounts(line)

    assert (found.role, found.amount) == (role, Decimal("10.00"))


@pytest.mark.parametrize(
    ("text", "amount", "currency"),
    [
        ("Total: $2,099.00", "2099.00", "USD"),
        ("Total: US$2 500.00", "2500.00", "USD"),
        ("Summe: 1.234,56 €", "1234.56", "EUR"),
        ("Summe: EUR 50,00", "50.00", "EUR"),
        ("Summe: CHF 1'250.50", "1250.50", "CHF"),
        ("Total: £1,200", "1200", "GBP"),
        ("Total: 99 EUR", "99", "EUR"),
        ("Gesamtsumme: 119,00", "119.00", None),
        ("Total: 12.345.678,90 EUR", "12345678.90", "EUR"),
    ],
)
def test_amounts_are_read_as_they_are_written(text, amount, currency):
    (found,) = amounts(text)

    assert (found.amount, found.currency) == (Decimal(amount), currency)


@pytest.mark.parametrize("digits", ["1.234", "1,234", "1 234", "1'234"])
def test_three_digits_after_a_sign_are_thousands(digits):
    assert number_of(digits) == 1234


@pytest.mark.parametrize(
    "text",
    ["Call +1 402 555 12.34", "Version 12.34.56", "on 03.05.2026", "19,00 % MwSt", "IBAN DE12 3456 7890"],
)
def test_other_numbers_are_no_amounts(text):
    assert amounts(text) == []


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Hello, our new plans start at $5.00 a month, or $50.00 a year.",
        "Receipt. Two were billed: $500.00, then $900.00.",
        "Save 50 %! Plans from $9.99 a month. Total freedom for only $99 a year.",
        "Your receipt is ready, sign in to see it.",
        "Rechnung: Betrag 10,00 € Betrag 12,00 €",
    ],
)
def test_what_is_not_stated_is_unknown(text):
    assert read(text).amount is None


def test_of_two_totals_the_one_that_net_and_tax_add_up_to_is_meant():
    assert read("Rechnung 1001\nNetto 100,00 €\nMwSt 19,00 €\nSumme 100,00 €\nSumme 119,00 €").amount == 119


def test_a_refund_is_money_that_comes_back():
    found = read(
        "Your refund\nInvoice: INV-2041\nRefund: $20.00", sender="Northwind Billing <b@northwind.example>"
    )

    assert (found.amount, found.vendor, found.payee) == (Decimal("-20.00"), "Northwind", "")


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("Gasthof Lamm\nSUMME EUR 23,40\nGegeben EUR 50,00\nRückgeld EUR 26,60\nMwSt 19% 3,74 Netto 19,66", "23.40"),
        ("Gesamtbetrag 206,00 EUR\nAnzahlung -50,00 EUR\nRestbetrag 156,00 EUR\nbezahlt mit Visa", "206.00"),
        ("Invoice ABC-1\nTeam plan 2 $10.00 $20.00\nSubtotal $20.00\nTotal $20.00\nAmount due $20.00 USD", "20.00"),
        ("Invoice INV-9\nNet 100.00 GBP\nVAT @ 20% 20.00 GBP\nTotal 120.00 GBP\nBalance due 0.00 GBP", "120.00"),
        ("We have issued your refund of €15.00 for order #1002. Original total: €45.00", "-15.00"),
        ("Credit note CN-7\nTotal €45.00", "-45.00"),
        ("Rechnung 88\nGesamtbetrag: 500,00 €\nBereits bezahlt: 200,00 €\nOffener Betrag: 300,00 €", "500.00"),
        ("Corner Cafe\nLatte $4.50\nTax $0.40\nTip $1.00\nTotal $5.90\nVISA ****4242 $5.90", "5.90"),
    ],
)  # fmt: skip
def test_of_several_amounts_the_total_is_meant(text, amount):
    assert read(text).amount == Decimal(amount)


@pytest.mark.parametrize(
    ("sentence", "payee", "payer", "amount"),
    [
        ("Your card was charged for $12.00 by ACME TOOLS.CO. Call us.", "ACME TOOLS.CO", "", "12.00"),
        ("Ana Diaz's debit card was charged $12.00 by ACME, INC.. Bye", "ACME, INC.", "Ana Diaz", "12.00"),
        ("Your card was charged for $12.00.\nThe Bank Team", "", "", "12.00"),
        ("You sent a payment of $12.00 to Ben. It left today.", "Ben", "", "12.00"),
        (
            "You sent $12.00 via Wire\nYou sent a wire of $12.00 to Mr. Ben Ito. Bye",
            "Mr. Ben Ito",
            "",
            "12.00",
        ),
        ("Acme Tax has charged your account $12.00 by ACH", "Acme Tax", "", "12.00"),
        ("Ana Diaz's card has received a $12.00 credit from ACME. Bye", "Ana Diaz", "ACME", "-12.00"),
        ("You've received $12.00 via wire from ACME to your account.", "", "ACME", "-12.00"),
        ("Sie haben 12,00 € an Ben Muster gezahlt.", "Ben Muster", "", "12.00"),
        ("Sie haben 12,00 € EUR an Ben Muster gesendet.", "Ben Muster", "", "12.00"),
        ("Sie haben 12,00 € von Eva Muster erhalten.", "", "Eva Muster", "-12.00"),
    ],
)
def test_a_sentence_says_who_paid_whom(sentence, payee, payer, amount):
    found = read(sentence)

    assert (found.payee, found.payer, found.amount) == (payee, payer, Decimal(amount))
    assert found.is_paid


def test_a_bank_that_names_nobody_is_not_the_payee_itself():
    found = read("Your card was charged for $12.00.", sender="Big Bank <hello@bank.example>")

    assert found.vendor == ""


def test_the_sender_is_the_vendor_of_a_receipt_that_names_none():
    found = read("Thank you! Amount paid: 12,00 €", sender='"Tool Shop Billing" <billing@tools.example>')

    assert found.vendor == "Tool Shop"


def test_the_own_company_is_never_the_vendor():
    found = read(
        "Werkstatt Huber GmbH\nbezahlt: 12,00 €\nSeifen Meier KG", own_names=["Werkstatt Huber GmbH"]
    )

    assert found.vendor == "Seifen Meier KG"


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("Receipt\nDate: 2026-05-03\nTotal $1.00", date(2026, 5, 3)),
        ("Bestellung aufgegeben am:\n12. August 2026\nTotal 1,00 €", date(2026, 8, 12)),
        ("Order placed: March 23, 2026. Total $1.00", date(2026, 3, 23)),
        ("Paid 21 Feb 2026 Total $1.00", date(2026, 2, 21)),
        ("Date: 02/07/2026 Total $1.00", date(2026, 2, 7)),
        ("Date: 23/07/2026 Total £1.00", date(2026, 7, 23)),
        ("Date: 02/07/2026 Total £1.00", None),
        ("Fällig am 17.05.2026\nRechnungsdatum 03.05.2026\nSumme 1,00 €", date(2026, 5, 3)),
        ("Payment due 2026-05-17. Total due $1.00", None),
        ("Rechnung Nr. 7 vom 14.05.2026\nLeistungszeitraum: 01.04.2026\nSumme 1,00 €", date(2026, 5, 14)),
        ("Date: 2026-02-31 Total $1.00", None),
    ],
)
def test_the_day_is_the_one_the_words_call_so(text, day):
    assert read(text).day == day


def test_without_a_day_of_its_own_a_receipt_is_of_the_day_it_was_sent():
    assert read("Total paid: $1.00", sent_on=date(2026, 5, 4)).day == date(2026, 5, 4)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("Invoice #\n\n0222-INV-77", "0222-INV-77"),
        ("Rechnung Nr. 2026/118", "2026/118"),
        ("Order # 113-328-288 Invoice ID: in_0K9", "in_0K9"),
        ("Bestellnummer: 071-481-069", "071-481-069"),
        ("Invoice of 03.05.2026", ""),
        ("Your invoice 42,10", ""),
    ],
)
def test_the_number_is_found_beside_its_name(text, number):
    assert read(text).number == number


@pytest.mark.timeout(10)
@pytest.mark.parametrize(
    "piece",
    ["a", "1", "$", "1,", "$1", " ", "\n", "Total ", "Sold by ", "You received ", "Invoice # ", "Mar 1, ", "A. ",
     "'s card ", "Your card was charged ", "Xy ", "1.1", "£1 ", "Ä GmbH", "A has charged your ", "received an $1 ",
     "total incl ", "\t.", "You sent $1 ", "You sent $1 to Mr"],
)  # fmt: skip
def test_no_text_takes_long(piece):
    """A pattern that tries every split of a long text would be here for hours."""
    read(piece * (2 * MAX_CHARS // len(piece)))
