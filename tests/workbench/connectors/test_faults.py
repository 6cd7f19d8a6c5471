"""T1: whatever a server does to a call, it ends in time, and its answer is no more certain than it can be."""

import socket
import ssl
import threading
import time
from contextlib import contextmanager
from datetime import timedelta
from itertools import count

import pytest
import trustme
from worlds import ME, PASSWORD, MailWorld, letter_order

from opc_kernel.effects.connector import CannotTell, NotDone, Sent, Unclear
from opc_kernel.testing import FrozenClock
from workbench.connector_settings import MailSettings, SentFolder
from workbench.connectors.mail.connector import Mail
from workbench.connectors.mail.sent import Sent as SentMessages
from workbench.connectors.mail.server import ServerPost
from workbench.connectors.mail.smtp import Submission
from workbench.connectors.payments.account import ProviderAccount
from workbench.connectors.payments.connector import Payments
from workbench.connectors.payments.http import Api, retry_after

NUMBERS = count(20_000)
LIMITS = {"whole_s": 1.2, "answer_s": 0.6}
LONGEST_S = 3.0
"""The limits, and what a busy machine adds."""


@contextmanager
def ends_in_time():
    began = time.monotonic()
    yield
    assert time.monotonic() - began < LONGEST_S


HTTP_FAULTS = [
    ({"fault": "status", "status": 500}, Unclear),
    ({"fault": "status", "status": 502}, Unclear),
    ({"fault": "status", "status": 503}, Unclear),
    ({"fault": "status", "status": 429, "retry_after": "7"}, NotDone),
    ({"fault": "status", "status": 429, "retry_after": "Mon, 02 Nov 2026 09:00:07 GMT"}, NotDone),
    ({"fault": "status", "status": 429}, NotDone),
    ({"fault": "hang"}, Unclear),
    ({"fault": "reset"}, Unclear),
    ({"fault": "half"}, Unclear),
    ({"fault": "wrong length"}, Unclear),
    ({"fault": "drip"}, Unclear),
    ({"fault": "status", "status": 302}, Unclear),
]


@pytest.mark.parametrize(("fault", "kind"), HTTP_FAULTS, ids=lambda each: str(each)[:60])
def test_t1_a_payment_that_meets_a_fault(payments_world, fault, kind):
    order = payments_world.order(next(NUMBERS))
    connector = payments_world.connector(**LIMITS)
    payments_world.fail(when="before", **fault)

    with ends_in_time():
        acted = connector.act(order)

    assert isinstance(acted, kind), acted
    assert kind is Unclear or not acted.lasting
    assert acted.after == (timedelta(seconds=7) if "retry_after" in fault else None)
    assert payments_world.effects()[order.key] == 0


@pytest.mark.parametrize(("fault", "kind"), HTTP_FAULTS, ids=lambda each: str(each)[:60])
def test_t1_a_question_about_a_payment_that_meets_a_fault_proves_nothing(payments_world, fault, kind):
    order = payments_world.order(next(NUMBERS))
    payments_world.fail(method="GET", when="before", **fault)

    with ends_in_time():
        assert isinstance(payments_world.connector(**LIMITS).find(order), CannotTell)


def test_t1_a_payment_is_refused_for_good_where_the_provider_says_why(payments_world):
    order = payments_world.order(next(NUMBERS), money={"amount": "9999.00", "currency": "EUR"})

    acted = payments_world.connector().act(order)

    assert acted == NotDone(reason="400 The amount could not be captured.", lasting=True)


def payments_at(url):
    api = Api(url, lambda: PASSWORD, clock=FrozenClock(), **LIMITS)
    return Payments(ProviderAccount(api), account="shop")


def capture(payments_world):
    return payments_world.order(next(NUMBERS))


def mail_at(port, *, host="127.0.0.1", security="none", tls=None, limits=LIMITS):
    settings = MailSettings(host=host, port=port, security=security, address=ME)
    post = ServerPost(
        Submission(settings, lambda: PASSWORD, tls=tls, **limits),
        None,
        address=ME,
        put=False,
        clock=FrozenClock(),
    )
    return Mail(post, account=ME, raw={}.get, clock=FrozenClock())


def closed_port():
    with socket.create_server(("127.0.0.1", 0)) as free:
        return free.getsockname()[1]


def test_t1_nobody_listens(payments_world):
    port = closed_port()

    with ends_in_time():
        for connector, order in (
            (payments_at(f"http://127.0.0.1:{port}"), capture(payments_world)),
            (mail_at(port), letter_order()),
        ):
            acted = connector.act(order)
            assert isinstance(acted, NotDone), acted
            assert not acted.lasting


def test_t1_a_name_that_nobody_knows(payments_world, monkeypatch):
    def unknown(*_, **__):
        raise socket.gaierror(-2, "Name or service not known")

    order = capture(payments_world)
    monkeypatch.setattr(socket, "getaddrinfo", unknown)

    for connector, each in (
        (payments_at("https://provider.example"), order),
        (mail_at(465, host="mail.example.com", security="tls"), letter_order()),
    ):
        acted = connector.act(each)
        assert isinstance(acted, NotDone), acted
        assert not acted.lasting


@contextmanager
def scripted(talk):
    """Yield the port of a server that talks as it is told to each who connects."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve():
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                with connection:
                    try:
                        talk(connection)
                    except OSError:
                        continue  # whoever called has hung up

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        try:
            yield server.getsockname()[1]
        finally:
            server.shutdown(socket.SHUT_RDWR)


def no_tls(connection):
    connection.recv(1000)
    connection.sendall(b"this is no TLS at all\r\n" * 10)


def never_shakes_hands(connection):
    for _ in range(40):
        connection.sendall(b"\x16")
        threading.Event().wait(0.1)


@pytest.mark.parametrize("talk", [no_tls, never_shakes_hands])
def test_t1_a_connection_that_is_not_safe(payments_world, talk):
    order = capture(payments_world)
    with scripted(talk) as port, ends_in_time():
        acted = payments_at(f"https://localhost:{port}").act(order)
    with scripted(talk) as port, ends_in_time():
        sent = mail_at(port, host="localhost", security="tls").act(letter_order())

    assert isinstance(acted, NotDone), acted
    assert isinstance(sent, NotDone), sent


@pytest.fixture(scope="module")
def authority():
    return trustme.CA()


@pytest.fixture(scope="module")
def safe_world(tmp_path_factory, authority):
    """Return an SMTP server that demands STARTTLS, with a certificate for localhost."""
    folder = tmp_path_factory.mktemp("safe")
    authority.issue_cert("localhost").private_key_and_cert_chain_pem.write_to_path(folder / "chain.pem")
    world = MailWorld(folder, certificate=folder / "chain.pem")
    yield world
    world.close()


def test_t1_a_certificate_that_nobody_vouches_for_gets_no_password(safe_world):
    acted = mail_at(safe_world.settings.port, host="localhost", security="starttls").act(letter_order())

    assert isinstance(acted, NotDone), acted
    assert not safe_world.effects()


def test_a_letter_goes_out_over_starttls(safe_world, authority):
    tls = ssl.create_default_context()
    authority.configure_trust(tls)
    connector = mail_at(safe_world.settings.port, host="localhost", security="starttls", tls=tls, limits={})

    assert isinstance(connector.act(letter_order()), Sent)
    assert connector.check().ok


def test_who_was_told_to_use_starttls_never_goes_on_without():
    def plain(connection):
        connection.sendall(b"220 plain\r\n")
        connection.recv(1000)
        connection.sendall(b"250-plain\r\n250 AUTH PLAIN\r\n")
        assert b"AUTH" not in connection.recv(1000)

    with scripted(plain) as port:
        acted = mail_at(port, security="starttls").act(letter_order())

    assert acted == NotDone(reason="127.0.0.1 offers no STARTTLS", lasting=True)


def lines_of(*answers, then=None):
    """Return how a server talks that gives these answers one after the other, and then does something."""

    def talk(connection):
        reader = connection.makefile("rb")
        connection.sendall(answers[0])
        for answer in answers[1:]:
            reader.readline()
            connection.sendall(answer)
        if then:
            then(connection, reader)

    return talk


GREETED = (b"220 world\r\n", b"250 world\r\n")
OFFERED = (*GREETED, b"250 OK\r\n", b"250 OK\r\n")


def after_dot(answer):
    def then(connection, reader):
        while reader.readline() not in (b".\r\n", b""):
            pass
        connection.sendall(answer)

    return lines_of(*OFFERED, b"354 go on\r\n", then=then)


def dripping(connection, _=None, content=b"220 " + b"x" * 100):
    for letter in content:
        connection.sendall(bytes([letter]))
        threading.Event().wait(0.1)


def dripping_after_dot(connection, reader):
    while reader.readline() != b".\r\n":
        pass
    dripping(connection, content=b"250-" + b"x" * 100)


def silent(connection):
    connection.recv(10_000)


SMTP_FAULTS = {
    "greeted with 421": (lines_of(b"421 not now\r\n"), NotDone, False),
    "greeted with 554": (lines_of(b"554 never\r\n"), NotDone, True),
    "cut at once": (lambda connection: None, NotDone, False),
    "silent": (silent, NotDone, False),
    "a byte at a time": (dripping, NotDone, False),
    "no SMTP": (lines_of(b"HTTP/1.1 400 Bad Request\r\n\r\n"), NotDone, False),
    "a line without end": (lines_of(b"220 " + b"x" * 100_000 + b"\r\n"), NotDone, False),
    "sender 451": (lines_of(*GREETED, b"451 later\r\n"), NotDone, False),
    "recipient 450": (lines_of(*GREETED, b"250 OK\r\n", b"450 greylisted\r\n"), NotDone, False),
    "recipient 550": (lines_of(*GREETED, b"250 OK\r\n", b"550 no such user\r\n"), NotDone, True),
    "data 452": (lines_of(*OFFERED, b"452 full\r\n"), NotDone, False),
    "cut before data": (lines_of(*OFFERED), NotDone, False),
    "refused after the dot": (after_dot(b"554 spam\r\n"), NotDone, True),
    "put off after the dot": (after_dot(b"451 later\r\n"), NotDone, False),
    "cut after the dot": (after_dot(b""), Unclear, None),
    "half an answer": (after_dot(b"25"), Unclear, None),
    "no answer after the dot": (after_dot(b"399 what\r\n"), Unclear, None),
    "a byte at a time after the dot": (
        lines_of(*OFFERED, b"354 go on\r\n", then=dripping_after_dot),
        Unclear,
        None,
    ),
}


@pytest.mark.parametrize("fault", SMTP_FAULTS)
def test_t1_a_letter_that_meets_a_fault(fault):
    talk, kind, lasting = SMTP_FAULTS[fault]

    with scripted(talk) as port, ends_in_time():
        acted = mail_at(port).act(letter_order())

    assert isinstance(acted, kind), acted
    assert lasting is None or acted.lasting == lasting, acted


IMAP_FAULTS = {
    "cut": lambda connection: None,
    "silent": silent,
    "a byte at a time": dripping,
    "bye": lines_of(b"* BYE not now\r\n"),
    "no IMAP": lines_of(b"HTTP/1.1 400 Bad Request\r\n\r\n"),
}


@pytest.mark.parametrize("fault", IMAP_FAULTS)
def test_t1_a_letter_that_cannot_be_looked_up_is_not_taken_for_absent(fault):
    with scripted(IMAP_FAULTS[fault]) as port, ends_in_time():
        settings = SentFolder(host="127.0.0.1", port=port, security="none")
        found = SentMessages(settings, ME, lambda: PASSWORD, **LIMITS).find("<1@example.com>")

    assert isinstance(found, CannotTell), found


def test_t1_a_slow_provider_holds_up_nobody_else(payments_world):
    slow, fast = capture(payments_world), []
    with scripted(silent) as port:
        thread = threading.Thread(target=payments_at(f"http://127.0.0.1:{port}").act, args=(slow,))
        thread.start()
        for _ in range(3):
            began = time.monotonic()
            assert isinstance(payments_world.connector().act(capture(payments_world)), Sent)
            fast.append(time.monotonic() - began)
        thread.join()

    assert min(fast) < 0.6


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("120", 120),
        ("0", 0),
        ("Mon, 02 Nov 2026 09:02:00 GMT", 120),
        ("Mon, 02 Nov 2026 10:02:00 +0100", 120),
        ("Mon, 02 Nov 2026 08:00:00 GMT", 0),
        ("Monday, 02-Nov-26 09:00:30 GMT", 30),
    ],
)
def test_a_retry_after_is_seconds_or_a_date(text, seconds):
    assert retry_after(text, FrozenClock().now()) == timedelta(seconds=seconds)


@pytest.mark.parametrize("text", ["", "soon", "-1", "1.5", "٣", "Mon, 99 Nov 2026 09:00:00 GMT"])
def test_a_retry_after_that_says_nothing_is_none(text):
    assert retry_after(text, FrozenClock().now()) is None
