"""Names, firms, mailboxes, phones and ids are brought into one form on arrival, and nothing is lost."""

import pytest
from address_book import firm, person

from opc_kernel.memory.identity.email_address import read_email
from opc_kernel.memory.identity.exact_id import ExactId, read_id
from opc_kernel.memory.identity.firm import read_firm
from opc_kernel.memory.identity.name import read_name
from opc_kernel.memory.identity.phone import read_phone
from opc_kernel.memory.identity.unread import Unread


@pytest.mark.parametrize(
    ("written", "title", "first", "family"),
    [
        ("Anna Schmidt", "", "anna", "schmidt"),
        ("Schmidt, Anna", "", "anna", "schmidt"),
        ("Prof. Dr. med. Karl Müller", "prof dr med", "karl", "mueller"),
        ("Herr Hans-Peter von der Leyen", "herr", "hans peter", "von der leyen"),
        ("Frau Dr. Groß", "frau dr", "", "gross"),
        ("Müller, Dr. Hans", "dr", "hans", "mueller"),
        ("José Ángel Núñez", "", "jose", "nunez"),
    ],
)
def test_a_name_is_read_in_its_parts(written, title, first, family):
    name = read_name(written)

    assert (name.title, name.first, name.family) == (title, first, family)
    assert name.original == written


def test_nicknames_and_suffixes_stand_apart():
    name = read_name('William "Bill" Gates III')

    assert (name.first, name.nickname, name.suffix) == ("william", "bill", "iii")


@pytest.mark.parametrize(
    ("written", "core", "form"),
    [
        ("Müller & Söhne GmbH & Co. KG", "mueller soehne", "gmbh & co kg"),
        ("Mueller und Söhne GmbH", "mueller soehne", "gmbh"),
        ("Beispiel UG (haftungsbeschränkt)", "beispiel", "ug"),
        ("Gesellschaft für Obst mbH", "gesellschaft fuer obst", "gmbh"),
        ("Maier e. K.", "maier", "ek"),
        ("Smith and Sons Ltd.", "smith sons", "ltd"),
        ("Acme, Inc.", "acme", "inc"),
        ("L’Oréal S.A.", "loreal", "sa"),
        ("Foo B.V.", "foo", "bv"),
        ("Bar Sp. z o.o.", "bar", "sp z oo"),
        ("Novo A/S", "novo", "as"),
        ("Foo Pty. Ltd.", "foo", "ltd"),
        ("AG", "ag", ""),
    ],
)
def test_a_firm_is_parted_from_its_legal_form(written, core, form):
    found = read_firm(written)

    assert (found.core, found.form, found.original) == (core, form, written)


def test_a_mailbox_is_reached_as_written_and_compared_without_tags():
    found = read_email("Anna.Schmidt+news@GoogleMail.com")

    assert found.address == "Anna.Schmidt+news@googlemail.com"
    assert (found.local, found.domain) == ("annaschmidt", "gmail.com")
    assert read_email("anna.schmidt@acme.de").local == "anna.schmidt"


@pytest.mark.parametrize(
    "written", ["info@acme.de", "no-reply@acme.de", "familie.mueller@gmx.de", "Office@acme.at"]
)
def test_a_mailbox_that_several_read_is_known(written):
    assert read_email(written).is_shared


def test_phones_have_one_form_whatever_was_written():
    national, international = read_phone("0171 / 123 45 67", "DE"), read_phone("+49 (0)171 1234567", "AT")

    assert national.number == international.number == "+491711234567"
    assert national.is_mobile
    assert not read_phone("030 1234567", "DE").is_mobile


def test_ids_lose_their_signs_and_wrong_digits_are_found():
    assert read_id("iban", "DE89 3704 0044 0532 0130 00") == ExactId(
        kind="iban", original="DE89 3704 0044 0532 0130 00", value="DE89370400440532013000"
    )
    assert read_id("iban", "DE89 3704 0044 0532 0130 01").reason.startswith("its check digits don't fit")
    assert read_id("vat", "ATU 12345678").value == "ATU12345678"


def test_what_is_no_such_thing_stays_as_text_with_the_reason():
    record = person(
        "entity/1", "Anna", email="anna at home", phone="ask Bob", birthday="in May", ids={"vat": "none"}
    )

    assert [(each.meant, each.original) for each in record.unread] == [
        ("email", "anna at home"),
        ("phone", "ask Bob"),
        ("vat", "none"),
        ("birthday", "in May"),
    ]
    assert all(each.reason for each in record.unread)


@pytest.mark.parametrize(
    "strange", ["", " ", "\x00", "🦊", "42", "a" * 5_000, "李小龍", "'; DROP TABLE", "(()", ",,,", "Dr."]
)
def test_no_text_is_too_strange_to_arrive(strange):
    record = person("entity/1", strange, email=strange, phone=strange, firm=strange, ids={"tax": strange})
    kept = [*record.names, *record.firms, *record.emails, *record.phones, *record.ids, *record.unread]

    assert all(each.original == strange for each in kept)


def test_days_are_read_as_germans_write_them():
    assert person("entity/1", "Anna", birthday="1.2.1980").birthday == "1980-02-01"


def test_one_line_of_an_address_is_parted():
    (address,) = firm("entity/1", "Acme", address="Hauptstr. 5a, D-10115 Berlin").addresses

    assert (address.lines, address.number, address.postcode, address.place) == (
        ("hauptstrasse",),
        "5a",
        "10115",
        "berlin",
    )
    assert isinstance(read_phone("12", "DE"), Unread)
