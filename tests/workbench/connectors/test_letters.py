"""E-mail: what goes out is what was approved, word for word, and no text becomes a header or a recipient (X9)."""

import hashlib
import socket
from email import message_from_bytes, policy
from email.utils import parsedate_to_datetime
from itertools import count

import dovecot
import pytest
from hypothesis import given
from hypothesis import strategies as st
from worlds import ME, PASSWORD, letter_order

from opc_kernel.effects.connector import CannotTell, NotDone, Sent
from opc_kernel.testing import FrozenClock
from opc_kernel.text import canonical
from workbench.connector_settings import MailSettings, SentFolder
from workbench.connectors.mail.letter import LetterRefused, letter
from workbench.connectors.mail.smtp import Submission

NUMBERS = count(30_000)
NOW = FrozenClock().now()
HEADERS = ["from", "to", "subject", "date", "message-id", "mime-version"]
BODILY = {"content-type", "content-transfer-encoding"}


def composed(raw=None, **changed):
    return letter(letter_order(**changed), sender=ME, sent_at=NOW, raw=(raw or {}).get)


def read(content):
    return message_from_bytes(content, policy=policy.default)


def words_of(message):
    return message.get_content().replace("\r\n", "\n")


def headers(message):
    return [name.lower() for name in message if name.lower() not in BODILY]


def test_a_letter_says_what_was_approved():
    sent = composed()
    message = read(sent.content)

    assert sent.recipients == ("kundin0@example.org",)
    assert message["Subject"] == "Invoice 17 – überfällig"
    assert words_of(message) == "Dear Ms Ahrens,\n\n.please pay.\nGrüße\n"
    assert message["Message-ID"] == sent.id == "<fd89bf475318a3bc6c0423c532@example.com>"
    assert parsedate_to_datetime(message["Date"]) == NOW
    assert headers(message) == HEADERS


def test_the_same_order_is_the_same_letter_byte_for_byte():
    assert composed().content == composed().content


def test_copies_go_to_whom_they_name_and_nobody_twice():
    sent = composed(fields={"subject": "x", "cc": ["b@example.org", "kundin0@example.org"]})

    assert sent.recipients == ("kundin0@example.org", "b@example.org")


def test_an_answer_names_what_it_answers():
    message = read(composed(fields={"subject": "Re: x", "in_reply_to": "<a.1@example.org>"}).content)

    assert message["In-Reply-To"] == message["References"] == "<a.1@example.org>"


def test_a_file_goes_along_as_it_came():
    content = b"%PDF-1.7 \x00\xff" * 1000
    digest = hashlib.sha256(content).hexdigest()

    sent = composed(
        {digest: content}, fields={"subject": "x", "attachments": [{"digest": digest, "name": "R 17.pdf"}]}
    )

    (paper,) = read(sent.content).iter_attachments()
    assert (paper.get_filename(), paper.get_content()) == ("R 17.pdf", content)


def test_a_file_that_is_gone_or_changed_sends_no_letter():
    fields = {"subject": "x", "attachments": [{"digest": "0" * 64, "name": "a.pdf"}]}

    for raw in ({}, {"0" * 64: b"other"}):
        with pytest.raises(LetterRefused, match=r"the file a\.pdf is not kept here"):
            composed(raw, fields=fields)


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"subject": ""},
        {"subject": "a\nBcc: eve@example.net"},
        {"subject": "a\r\nBcc: eve@example.net"},
        {"subject": "a\u2028Bcc: eve@example.net"},
        {"subject": "a\x0bBcc: eve@example.net"},
        {"subject": "a\x85Bcc: eve@example.net"},
        {"subject": "\u202eabc"},
        {"subject": "x", "bcc": ["eve@example.net"]},
        {"subject": "x", "cc": "eve@example.net"},
        {"subject": "x", "cc": ["a@example.org\nBcc: eve@example.net"]},
        {"subject": "x", "cc": ["a@example.org>, <eve@example.net"]},
        {"subject": "x", "cc": ["a@example.org"] * 21},
        {"subject": "x", "in_reply_to": "<a@b>\nBcc: eve@example.net"},
        {"subject": "x", "attachments": [{"digest": "0" * 64, "name": "../a"}]},
        {"subject": "x", "attachments": [{"digest": "0" * 64, "name": 'a"\r\nX: y'}]},
        {"subject": "x", "attachments": [{"digest": "../../etc/passwd", "name": "a"}]},
        {"subject": 7},
    ],
)
def test_x9_fields_that_are_no_fields_are_refused(fields):
    with pytest.raises(LetterRefused):
        composed(fields=fields)


@given(subject=st.text(max_size=200), content=st.text(max_size=500))
def test_x9_whatever_the_words_are_no_header_and_no_recipient_is_added(subject, content):
    words = canonical(content)
    try:
        sent = composed(content=words, fields={"subject": canonical(subject)})
    except LetterRefused:
        return
    message = read(sent.content)

    assert headers(message) == HEADERS
    assert sent.recipients == ("kundin0@example.org",)
    assert message["Subject"] == canonical(subject)
    assert sent.content.count(b"\n") == sent.content.count(b"\r\n") == sent.content.count(b"\r")
    assert max(len(line) for line in sent.content.split(b"\r\n")) < 999


HOSTILE = [
    "Hello\n.\nMAIL FROM:<eve@example.net>\nRCPT TO:<eve@example.net>\nDATA\nSubject: x\n\nx\n.\n",
    "a\n\nBcc: eve@example.net\n\nb",
    ".\n..\n...\n",
    "\n.\r\n",
    "x" * 5_000,
    "From me\n>From you\n",
    "=2E\n=0D=0A.=0D=0A",
]


@pytest.mark.parametrize("content", HOSTILE)
def test_x9_a_server_takes_one_letter_with_these_very_words(mail_world, content):
    order = letter_order(next(NUMBERS), content=content)
    before = len(mail_world.letters())

    assert isinstance(mail_world.connector().act(order), Sent)

    (taken,) = mail_world.letters()[before:]
    assert taken["to"] == [order.intent.target]
    assert taken["text"].rstrip("\n") == order.intent.content.rstrip("\n")
    assert [name for name in taken["headers"] if name not in BODILY] == HEADERS


def test_one_recipient_refused_and_nobody_gets_it(mail_world):
    order = letter_order(next(NUMBERS), fields={"subject": "x", "cc": ["b@example.org"]})
    mail_world.plan.write_text("rcpt:550")

    acted = mail_world.connector().act(order)

    assert isinstance(acted, NotDone)
    assert acted.lasting
    assert not mail_world.effects()[order.key]


def test_a_wrong_password_is_lasting_and_not_told(mail_world, monkeypatch):
    monkeypatch.setattr("worlds.PASSWORD", "wrong-canary")

    acted = mail_world.connector().act(letter_order(next(NUMBERS)))

    assert isinstance(acted, NotDone), acted
    assert acted.lasting
    assert "wrong-canary" not in repr(acted)


@pytest.fixture
def mailbox(mail_world, not_run):
    if dovecot.PROGRAM is None:
        not_run("no Dovecot is installed")
    return mail_world


def test_the_copy_in_sent_is_the_letter_that_went_out(mailbox):
    from imap_tools import AND, H, MailBoxUnencrypted

    order = letter_order(next(NUMBERS))
    mailbox.connector().act(order)

    sent = mailbox.letters()[-1]
    with MailBoxUnencrypted("127.0.0.1", mailbox.imap.port).login(mailbox.imap.user, PASSWORD, "Sent") as box:
        (copy,) = box.fetch(AND(header=H("Message-ID", sent["id"])), mark_seen=False)
    assert words_of(read(copy.obj.as_bytes())) == sent["text"]
    assert "\\Seen" in copy.flags


def test_a_copy_that_cannot_be_kept_changes_nothing_about_the_letter(mailbox):
    order = letter_order(next(NUMBERS))
    settings = mailbox.imap
    mailbox.imap = SentFolder(host="127.0.0.1", port=settings.port, security="none", folder="No such folder")
    try:
        acted = mailbox.connector().act(order)
        checked = mailbox.connector().check()
        found = mailbox.connector().find(order)
    finally:
        mailbox.imap = settings

    assert isinstance(acted, Sent)
    assert "no copy was kept" in acted.reference
    assert mailbox.effects()[order.key] == 1
    assert not checked.ok
    assert isinstance(found, CannotTell)


def test_without_a_folder_for_sent_messages_nobody_can_tell(mail_world):
    settings, mail_world.imap = mail_world.imap, None
    try:
        assert isinstance(mail_world.connector().find(letter_order(1)), CannotTell)
    finally:
        mail_world.imap = settings


@pytest.mark.parametrize("host", ["mail.example.com", "192.0.2.1", "localhost.example.com"])
def test_no_password_goes_unprotected_to_another_machine(host, monkeypatch):
    monkeypatch.setattr(socket, "create_connection", lambda *_: pytest.fail("it was called"))
    settings = MailSettings(host=host, port=25, security="none", address=ME)
    order = letter_order()

    acted = Submission(settings, lambda: PASSWORD).send(letter(order, sender=ME, sent_at=NOW, raw={}.get))

    assert acted == NotDone(reason=f"{host} would get the password unprotected", lasting=True)
