"""The worlds behind the connectors, each begun when a test needs it and ended after its module."""

from contextlib import contextmanager

import dovecot
import pytest
from worlds import MailWorld, OutboxWorld, PaymentsWorld, SiteWorld, TillWorld


@pytest.fixture(scope="session")
def imap_port():
    if dovecot.PROGRAM is None:
        yield None
        return
    with dovecot.running() as port:
        yield port


@contextmanager
def ended(world):
    try:
        yield world
    finally:
        world.close()


@pytest.fixture(scope="module")
def mail_world(tmp_path_factory, imap_port):
    with ended(MailWorld(tmp_path_factory.mktemp("mail"), imap_port)) as world:
        yield world


@pytest.fixture(scope="module")
def payments_world(tmp_path_factory):
    with ended(PaymentsWorld(tmp_path_factory.mktemp("payments"))) as world:
        yield world


@pytest.fixture(params=["site", "site sandbox", "mail", "mail sandbox", "payments", "payments sandbox"])
def world(request, tmp_path, not_run):
    match request.param:
        case "site":
            return SiteWorld(tmp_path)
        case "site sandbox":
            return SiteWorld(tmp_path, sandbox=True)
        case "mail":
            if dovecot.PROGRAM is None:
                not_run("no Dovecot is installed")
            return request.getfixturevalue("mail_world")
        case "mail sandbox":
            return OutboxWorld(tmp_path)
        case "payments":
            return request.getfixturevalue("payments_world")
        case "payments sandbox":
            return TillWorld(tmp_path)
