"""Two of the five promises, by name: a decision binds to what was shown, and every retry is safe."""

from collections import Counter

import pytest
from shop import Shop

from workbench.connection import ServerGone
from workbench.recording import record_invoice

SANDTOR = "RE-2026-001,out,Sandtor GmbH,2026-10-01,2026-10-15,1190.00,EUR"
SECOND = "RE-2026-002,out,Sandtor GmbH,2026-10-02,2026-10-16,1190.00,EUR"
CHANGED = "the content has changed since; it is asked again"


@pytest.fixture
def asked(shop):
    """Return a company that asks which of two invoices a payment is for."""
    shop.invoices(f"{SANDTOR}\n{SECOND}")
    shop.pay("2026-10-10, 1190.00, Sandtor GmbH, thank you")
    shop.work()
    return shop


def test_promise_4_a_decision_on_changed_content_is_refused_and_the_row_is_asked_again(asked):
    shown = asked.row()
    asked.invoices(SECOND.replace("002", "003"), name="more.csv")
    asked.work()

    verdict = asked.decide(shown, "answer", choice="1")

    assert (verdict.accepted, verdict.message) == (False, CHANGED)
    assert asked.books() == ["1190.00 open"]
    assert (asked.row().key, len(asked.row().options)) == (
        asked.again(shown).replaced_by,
        len(shown.options) + 1,
    )


def test_promise_4_a_decision_that_names_another_hash_is_refused(asked):
    row = asked.row()

    verdict = asked.decide(row, "answer", choice="1", hash="0" * 64)

    assert (verdict.accepted, verdict.message) == (
        False,
        "the content has changed since it was shown; look at it again",
    )
    assert asked.books() == ["1190.00 open"]


def test_promise_4_an_approval_lets_happen_what_was_shown_word_for_word(shop):
    shop.invoices(SANDTOR)
    shop.pay("2026-10-10, 1187.50, Sandtor GmbH, RE-2026-001")
    shop.work()
    row = shop.row()

    refused = shop.decide(row, "approve", content="discount")
    taken = shop.decide(row, "approve")

    assert (refused.accepted, taken.accepted) == (False, True)
    assert shop.ask("SELECT category FROM settlement") == [(row.content,)]


def test_promise_4_silence_is_never_consent(asked):
    asked.company.shown(asked.queue(), channel="cli")
    for _ in range(5):
        asked.clock.move(days=365)
        asked.work()

    assert asked.books() == ["1190.00 open"]
    assert asked.row().state == "open"


def test_promise_4_who_was_shown_what_and_decided_stands_in_the_log(asked):
    row = asked.row()
    asked.company.shown([row], channel="view")
    asked.decide(row, "answer", choice="1")

    told = asked.ask(
        "SELECT type, source, data->>'hash' FROM event WHERE stream = $key ORDER BY position", key=row.key
    )
    assert told == [
        ("question.asked", "workbench", row.hash),
        ("question.shown", "view", row.hash),
        ("question.decided", "cli", row.hash),
    ]


class LostAnswer:
    """A log whose answer to one append is lost after it was stored."""

    def __init__(self, log, number):
        self._log = log
        self._left = number

    def append(self, writes, *, expected):
        done = self._log.append(writes, expected=expected)
        self._left -= 1
        if self._left == 0:
            raise ServerGone("the answer was lost")
        return done

    def __getattr__(self, name):
        return getattr(self._log, name)


def a_day(shop):
    """Do a day's work; whatever fails is simply done again."""
    again(lambda: shop.invoices(SANDTOR))
    again(lambda: shop.pay("2026-10-10, 1187.50, Sandtor GmbH, RE-2026-001\n2026-10-11, -38.56, Hetzner, x"))
    again(shop.work)
    row = shop.row()
    again(lambda: shop.company.shown([row], channel="cli"))
    again(lambda: shop.decide(row, "approve"))
    again(shop.work)
    again(lambda: record_invoice(shop.company, INVOICE))
    return shop.books(), Counter(shop.types())


INVOICE = {
    "number": "RE-2026-009",
    "customer": "Sandtor GmbH",
    "amount": "5.00",
    "issued_on": "2026-11-01",
    "due_on": "",
    "currency": "EUR",
    "direction": "out",
    "note": "",
}


def again(step):
    try:
        return step()
    except ServerGone:
        return step()


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    shop = Shop(tmp_path_factory.mktemp("undisturbed") / "acme")
    day = a_day(shop)
    shop.company.close()
    return day


@pytest.mark.parametrize("number", range(1, 10))
def test_promise_5_a_day_with_a_lost_answer_ends_as_one_without(shop, undisturbed, number):
    shop.company.log = LostAnswer(shop.company.log, number)

    assert a_day(shop) == undisturbed
    assert shop.company.log._left <= 0, "the answer that was to be lost never came"
