"""A note by e-mail needs no approval, because it can only go to the operator."""

import pytest

from opc_kernel.effects.connector import NotDone, Sent
from opc_kernel.effects.intent import Intent, Order
from opc_kernel.testing import FrozenClock
from workbench.connectors.mail.connector import Mail
from workbench.connectors.mail.outbox import Outbox


@pytest.fixture
def mail(tmp_path):
    return Mail(
        Outbox(tmp_path),
        account="me@example.com",
        raw=lambda _: None,
        clock=FrozenClock(),
        notes_to="me@home.example",
    )


def note(target="me@home.example", **more):
    intent = Intent(kind="mail.note", target=target, action="digest 1", fields={"subject": "Hello", **more})
    return Order(key="k1", intent=intent)


def test_it_goes_to_the_address_in_the_settings(mail):
    assert isinstance(mail.act(note()), Sent)
    assert not mail.kinds["mail.note"].gated


@pytest.mark.parametrize(
    "wrong", [note("you@example.com"), note("me@example.com"), note(cc=["you@example.com"])]
)
def test_it_goes_nowhere_else_and_to_nobody_beside(mail, tmp_path, wrong):
    refused = mail.act(wrong)

    assert (type(refused), refused.lasting, [*tmp_path.iterdir()]) == (NotDone, True, [])


def test_where_the_settings_name_nobody_it_goes_nowhere(tmp_path):
    mail = Mail(Outbox(tmp_path), account="me@example.com", raw=lambda _: None, clock=FrozenClock())

    assert isinstance(mail.act(note()), NotDone)
