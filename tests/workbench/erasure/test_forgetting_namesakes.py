"""Forgetting one of two of a name: whose mails they are is told by the address they are from, never by the name."""

import pytest
from post import mail
from shop import SETTINGS

from workbench.erasure.erasing import erase_payload, preview_erasure
from workbench.erasure.traces import Wanted

OWN = 'own_addresses = ["mareike@osterkamp.example"]\n'
HERS = "Veldritch Ommelund <veldritch@ommelund.example>"
OTHERS = "Veldritch Ommelund <x@elsewhere.example>"


@pytest.fixture
def shop(found):
    """Return a company that two of one name wrote to, and a note about one of that name."""
    shop = found(OWN + SETTINGS)
    shop.take(mail("The quittengelb folders are here.", sender=HERS, number=1), "a.eml")
    shop.take(mail("An ultramarin offer for you.", sender=OTHERS, number=2), "b.eml")
    shop.take("---\nabout: 'person: Veldritch Ommelund'\n---\nSpoke about zinnoberrot.\n", "c.md")
    shop.company.remember()
    return shop


def forget(shop, address):
    ((entity,),) = shop.ask(
        "SELECT subject FROM fact WHERE predicate = 'email' AND value = $address", address=address
    )
    wanted = Wanted(entities=(entity,))
    shown = preview_erasure(shop.company, wanted)
    erase_payload(shop.company, wanted, confirmed=shown.hash, policy="request")
    return shown


def said(shop):
    return " ".join(
        text for (text,) in shop.ask("SELECT text FROM memory_item WHERE state = 'kept' ORDER BY text")
    )


def test_their_own_mails_go_although_another_bears_the_name(shop):
    shown = forget(shop, "veldritch@ommelund.example")

    assert sum(each.type == "mail.received" for each in shown.events) == 1
    assert "quittengelb" not in said(shop)
    assert not [path for path in shop.folder.rglob("*") if path.is_file() and holds(path, b"quittengelb")]


def test_the_mails_and_notes_of_namesakes_stay(shop):
    forget(shop, "veldritch@ommelund.example")
    shop.company.remember()

    assert ("ultramarin" in said(shop), "zinnoberrot" in said(shop)) == (True, True)
    assert shop.ask("SELECT value FROM fact WHERE predicate = 'email' AND stands") == [
        ("x@elsewhere.example",)
    ]


def holds(path, word):
    return not path.name.startswith("company.duckdb") and word in path.read_bytes()
