"""Notes, transcripts, address books and what the operator states become what memory lives on, and nothing else."""

from datetime import date

import pytest
from post import facts, items, memory, remember, said

from opc_kernel.sql import load_sql

CONTRACT = """
kind = "contract"
name = "Retainer"
party = "Sandtor GmbH"
renews_on = "2027-01-01"
notice_by = "2026-11-30"
amount = "100.00"
currency = "EUR"
text = "A day a month."
"""
CARD = """BEGIN:VCARD
VERSION:3.0
N:Brandt;Jana;;;
FN:Jana Brandt
ORG:Sandtor GmbH;Einkauf
TITLE:Head of Purchasing
item1.EMAIL;TYPE=WORK:Jana.Brandt@sandtor.example
TEL;TYPE=WORK:040 23125 611
ADR;TYPE=WORK:;;Am Sandtor 1;Hamburg;;20457;Germany
NOTE:Drinks tea\\, not
  coffee.
BDAY:1980-01-01
REV:2026-01-15T10:00:00Z
END:VCARD
"""


def outcome(receipt):
    return receipt.status, receipt.format, receipt.new, receipt.known


def test_a_note_is_kept_with_whom_it_is_about(shop):
    text = (
        "---\nabout: [firm: Hofladen Elbe, Sandtor GmbH]\ndate: 2026-10-05\n---\n# Visit\n\n100.00 EUR paid."
    )

    assert outcome(shop.take(text, "visit.md")) == ("read", "note", 1, 0)
    assert outcome(shop.take(text, "copy.md")) == ("known", "note", 0, 1)
    assert items(shop, "kind, title, occurred_at::DATE, len(entities)") == [
        ("note", "Visit", date(2026, 10, 5), 2)
    ]


def test_a_text_that_is_nothing_else_is_a_note_named_after_its_file(shop):
    shop.take("The gate is too narrow.", "2026-10-05 gate.txt")

    assert items(shop, "title, text, occurred_at::DATE") == [
        ("gate", "The gate is too narrow.", date(2026, 10, 5))
    ]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("---\nabout: Jana\n---\nHello.", "not clear what 'Jana' is"),
        ("---\nkind: poem\n---\nHello.", "no kind of note"),
        ("---\nkind: contract\ncolour: red\n---\nHello.", "has no 'colour'"),
        ("---\nkind: contract\nrenews_on: soon\n---\nHello.", "'soon' is no day"),
        ("---\nabout: x\n---\n", "says nothing"),
    ],
)
def test_a_head_that_says_nothing_clear_is_refused_with_what_to_do(shop, text, reason):
    receipt = shop.take(text, "note.md")

    assert (receipt.status, bool(receipt.todo)) == ("refused", True)
    assert reason in receipt.reason


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("talk.vtt", "WEBVTT\n\nNOTE made by a machine\n\n00:01.000 --> 00:02.000\n<v Jana Brandt>Good &amp; early.\n\n"
                     "00:02.000 --> 00:03.000\n<v Jana Brandt>Shall we?\n\n00:03.000 --> 00:04.000\n<v Bo>Yes.\n"),
        ("talk.srt", "1\n00:00:01,000 --> 00:00:02,000\nJana Brandt: Good & early.\n\n"
                     "2\n00:00:02,000 --> 00:00:03,000\nShall we?\n\n3\n00:00:03,000 --> 00:00:04,000\nBo: Yes.\n"),
        ("talk.txt", "Jana Brandt: Good & early.\nShall we?\nBo: Yes.\nJana Brandt: Then go.\nBo: Gone.\n"),
    ],
)  # fmt: skip
def test_a_meeting_is_kept_turn_by_turn(shop, name, text):
    assert outcome(shop.take(text, name)) == ("read", "transcript", 1, 0)

    assert items(shop, "kind, place, speaker, text")[:2] == [
        ("transcript", 1, "Jana Brandt", "Good & early. Shall we?"),
        ("transcript", 2, "Bo", "Yes."),
    ]
    assert shop.ask("SELECT * FROM entity") == []


def test_an_address_book_says_who_is_reached_how(shop):
    assert outcome(shop.take(CARD.replace("\n", "\r\n"), "book.vcf")) == ("read", "contacts", 1, 0)

    assert said(shop, "phone", "email", "works_at", "position", "address") == [
        ("Jana Brandt", "Am Sandtor 1, 20457 Hamburg, Germany"),
        ("Jana Brandt", "jana.brandt@sandtor.example"),
        ("Jana Brandt", "+494023125611"),
        ("Jana Brandt", "Head of Purchasing"),
        ("Jana Brandt", "Sandtor GmbH"),
    ]
    assert items(shop, "text") == [("Drinks tea, not coffee.",)]
    assert "1980" not in str(shop.ask("SELECT data FROM event"))


def test_two_exports_of_an_address_book_add_only_the_new_cards(shop):
    shop.take(CARD, "book.vcf")

    other = CARD + CARD.replace("Jana", "Bo").replace("Brandt", "Lund")
    assert outcome(shop.take(other, "later.vcf")) == ("read", "contacts", 1, 1)


def test_a_card_of_an_old_phone_is_read(shop):
    name = "N;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:M=C3=BCller;J=C3=\n=B6rg"
    old = f"BEGIN:VCARD\nVERSION:2.1\n{name}\nTEL;CELL:0171 3920114\nEND:VCARD\n"
    shop.take(old, "old.vcf")

    assert said(shop, "phone") == [("Jörg Müller", "+491713920114")]


def test_a_contract_has_its_dates_and_they_are_found_ahead(shop):
    assert outcome(shop.take(CONTRACT, "retainer.toml")) == ("read", "contract", 1, 0)
    remember(shop)

    found = shop.ask(
        load_sql("workbench.memory", "dates_ahead"), first=date(2026, 11, 23), last=date(2026, 12, 31)
    )

    assert [row[:2] + row[3:5] for row in found] == [
        (date(2026, 11, 30), "notice_by", "Retainer", "contract")
    ]
    assert ("Retainer", "party", "Sandtor GmbH") in facts(shop)


def test_two_dates_of_one_contract_are_a_question(shop):
    shop.take(CONTRACT, "retainer.toml")
    shop.take(CONTRACT.replace("2027-01-01", "2027-02-01"), "annex.toml")
    remember(shop)

    assert shop.ask("SELECT predicate, stands, value FROM contradiction") == [
        ("renews_on", "2027-01-01", "2027-02-01")
    ]


def test_goals_rules_and_projects_are_what_the_operator_states(shop):
    for kind, name in (("intent", "Two more"), ("rule", "Nights cost more"), ("project", "Survey")):
        shop.take(f"---\nkind: {kind}\nname: {name}\nstatus: open\n---\nBecause.", f"{kind}.md")
    remember(shop)

    assert shop.ask("SELECT kind, name FROM entity ORDER BY ALL") == [
        ("intent", "Two more"), ("project", "Survey"), ("rule", "Nights cost more")
    ]  # fmt: skip
    assert {origin for (origin,) in shop.ask("SELECT origin FROM fact")} == {"operator"}


def test_a_table_that_nobody_knows_is_no_note(shop):
    assert shop.take("a;b;c\n1;2;3\n4;5;6\n7;8;9\n", "table.txt").status == "refused"


def test_files_in_any_order_give_the_same_memory(shop, tmp_path):
    from shop import Shop

    files = [(CARD, "book.vcf"), (CONTRACT, "c.toml"), ("---\nabout: Sandtor GmbH\n---\nHello.", "n.md")]
    for text, name in files:
        shop.take(text, name)
    other = Shop(tmp_path / "other")
    for text, name in reversed(files):
        other.take(text, name)
        memory(other)

    assert memory(other) == memory(shop)
    other.company.close()
