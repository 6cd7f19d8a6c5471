"""Two records are the same, doubtful or different; each verdict comes with its evidence, and traps stay doubtful."""

import pytest
from address_book import firm, person

from opc_kernel.memory.identity.comparing import compare
from opc_kernel.memory.identity.fields import FIELDS


def words(comparison):
    return {each.words for each in comparison.evidence}


SAME = {
    "a mailbox of one's own": (
        person("a", "Anna Schmidt", email="anna.schmidt@gmail.com"),
        person("b", "Schmidt, Anna", email="Anna.Schmidt+shop@googlemail.com"),
        {"same name", "same e-mail"},
    ),
    "a mailbox alone": (
        person("a", email="anna@acme.de"),
        person("b", "Anna Schmidt", email="Anna@acme.de"),
        {"same e-mail"},
    ),
    "name and mobile phone": (
        person("a", "Hannes Weber", phone="0171 1234567"),
        person("b", "Johannes Weber", phone="+49 171 1234567"),
        {"same name, written otherwise", "same mobile phone"},
    ),
    "name with a slip, birthday and house": (
        person("a", "Peter Maier", birthday="1980-02-01", address="Hauptstr. 5, 10115 Berlin"),
        person("b", "Peter Meier", birthday="1.2.1980", address="Hauptstraße 5, 10115 Berlin"),
        {"name differs in one letter", "same birthday", "same street and house", "same place"},
    ),
    "a bride": (
        person("a", "Anna Schmidt", birthday="1980-02-01", ids={"tax": "12345678901"}, phone="0171 1234567"),
        person("b", "Anna Weber", birthday="1980-02-01", ids={"tax": "12345678901"}),
        {"same first name, other family name", "same birthday", "same id"},
    ),
    "one VAT id": (
        firm("a", "Müller & Söhne GmbH", ids={"vat": "DE123456789"}),
        firm("b", "Mueller und Soehne", ids={"vat": "DE 123 456 789"}),
        {"same firm's name", "same id"},
    ),
    "a firm's name and domain": (
        firm("a", "Acme Ltd", email="info@acme.example"),
        firm("b", "ACME Limited", email="sales@acme.example"),
        {"same firm's name", "same e-mail domain"},
    ),
}


@pytest.mark.parametrize("case", SAME)
def test_these_are_the_same(case):
    left, right, expected = SAME[case]
    found = compare(left, right)

    assert found.verdict == "same"
    assert found.probability >= 0.99
    assert expected <= words(found)


TRAPS = {
    "a common name": (person("a", "Peter Müller"), person("b", "Peter Müller"), "same name"),
    "a shared mailbox": (
        person("a", "Anna Schmidt", email="info@acme.de"),
        person("b", "Anna Weber", email="info@acme.de"),
        "same shared mailbox",
    ),
    "a shared mailbox and one name": (
        person("a", "Anna", email="info@acme.de", firm="Acme GmbH"),
        person("b", "Anna Schmidt", email="info@acme.de", firm="Acme"),
        "same shared mailbox",
    ),
    "colleagues at one switchboard": (
        person("a", "Anna Schmidt", email="a.schmidt@acme.de", phone="030 1234567", firm="Acme GmbH"),
        person("b", "Anna Weber", email="a.weber@acme.de", phone="030 1234567", firm="Acme GmbH"),
        "same phone, which others may share",
    ),
    "a couple with one mailbox": (
        person(
            "a",
            "Anna Schmidt",
            email="schmidts@gmx.de",
            phone="030 1234567",
            address="Hauptstr. 5, 10115 Berlin",
        ),
        person(
            "b",
            "Peter Schmidt",
            email="schmidts@gmx.de",
            phone="030 1234567",
            address="Hauptstr. 5, 10115 Berlin",
        ),
        "same family name, other first name",
    ),
    "twins": (
        person(
            "a",
            "Max Schmidt",
            birthday="2001-05-05",
            ids={"tax": "12345678901"},
            address="Hauptstr. 5, 10115 Berlin",
        ),
        person(
            "b",
            "Tom Schmidt",
            birthday="2001-05-05",
            ids={"tax": "12345678902"},
            address="Hauptstr. 5, 10115 Berlin",
        ),
        "same family name, other first name",
    ),
    "father and son": (
        person("a", "John Smith Sr.", phone="030 1234567", address="Hauptstr. 5, 10115 Berlin"),
        person("b", "John Smith Jr.", phone="030 1234567", address="Hauptstr. 5, 10115 Berlin"),
        "same family name, other first name",
    ),
    "father and son by their birthdays": (
        person(
            "a",
            "Karl Huber",
            email="huber@gmx.de",
            birthday="1950-03-04",
            address="Hauptstr. 5, 10115 Berlin",
        ),
        person(
            "b",
            "Karl Huber",
            email="huber@gmx.de",
            birthday="1981-11-30",
            address="Hauptstr. 5, 10115 Berlin",
        ),
        "different birthday",
    ),
    "colleagues with their firm's VAT id": (
        person("a", "Anna Schmidt", ids={"vat": "DE123456789"}, firm="Acme GmbH"),
        person("b", "Peter Schmidt", ids={"vat": "DE123456789"}, firm="Acme GmbH"),
        "same firm",
    ),
    "a joint account": (
        person(
            "a", "Anna Schmidt", ids={"iban": "DE89370400440532013000"}, address="Hauptstr. 5, 10115 Berlin"
        ),
        person(
            "b", "Peter Schmidt", ids={"iban": "DE89370400440532013000"}, address="Hauptstr. 5, 10115 Berlin"
        ),
        "same bank account",
    ),
    "two legal forms of one owner": (
        firm("a", "Müller GmbH", address="Hauptstr. 5, 10115 Berlin", phone="030 1234567"),
        firm("b", "Müller GmbH & Co. KG", address="Hauptstr. 5, 10115 Berlin", phone="030 1234567"),
        "same firm's name, other legal form",
    ),
    "two firms in one house": (
        firm("a", "Acme GmbH", address="Hauptstr. 5, 10115 Berlin", phone="030 1234567"),
        firm("b", "Nordlicht GmbH", address="Hauptstr. 5, 10115 Berlin", phone="030 1234567"),
        "other firm's name",
    ),
}


@pytest.mark.parametrize("case", TRAPS)
def test_these_are_never_certain(case):
    left, right, expected = TRAPS[case]
    found = compare(left, right)

    assert found.verdict != "same"
    assert expected in words(found)


DIFFERENT = {
    "a firm's people": (
        person("a", "Anna Schmidt", email="anna@acme.de", firm="Acme GmbH"),
        person("b", "Bert Weber", email="bert@acme.de", firm="Acme GmbH"),
    ),
    "a family name": (person("a", "Anna Müller"), person("b", "Peter Müller")),
    "a first name": (person("a", "Anna Müller"), person("b", "Anna Weber")),
    "nothing said": (person("a", "Anna Müller"), person("b", email="p@gmx.de")),
    "a provider": (
        person("a", "Anna Müller", email="anna@gmx.de"),
        person("b", "Jan Weber", email="jan@gmx.de"),
    ),
    "a freelancer and the firm": (
        person("a", "Max Weber", email="max@weber.de"),
        firm("b", "Max Weber e.K.", email="max@weber.de"),
    ),
}


@pytest.mark.parametrize("case", DIFFERENT)
def test_these_are_different(case):
    assert compare(*DIFFERENT[case]).verdict == "different"


def test_it_does_not_matter_which_comes_first():
    for left, right, _ in (*SAME.values(), *TRAPS.values()):
        there, back = compare(left, right), compare(right, left)

        assert (there.verdict, round(there.probability, 9)) == (back.verdict, round(back.probability, 9))
        assert words(there) == words(back)


def test_evidence_says_how_it_weighs_and_what_was_written():
    found = compare(
        person("a", "Anna Schmidt", email="anna@gmx.de", birthday="1980-02-01"),
        person("b", "Ana Schmidt", email="anna@gmx.de", birthday="1990-07-08"),
    )
    told = {each.words: (each.weight, each.left, each.right) for each in found.evidence}

    assert told["same e-mail"] == ("strongly for", "anna@gmx.de", "anna@gmx.de")
    assert told["different birthday"] == ("against", "1980-02-01", "1990-07-08")
    assert found.verdict == "doubtful"


def test_the_usual_weights_are_shares():
    for fields in FIELDS.values():
        for field in fields:
            assert sum(level.m for level in field.levels) == pytest.approx(1, abs=0.005), field.name
            assert sum(level.u for level in field.levels) == pytest.approx(1, abs=0.005), field.name
