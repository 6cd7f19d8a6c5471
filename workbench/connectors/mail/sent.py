"""The mailbox's folder of sent messages: what is found there was sent; what is not proves nothing."""

from __future__ import annotations

import imaplib
import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime

from imap_tools import (
    AND,
    BaseMailBox,
    H,
    ImapToolsError,
    MailMessageFlags,
    UnexpectedCommandStatusError,
)

from opc_kernel.effects.connector import CannotTell, Finding, Found
from workbench.connector_settings import SentFolder, is_loopback
from workbench.connectors.deadline import Deadline, connected
from workbench.connectors.words import cause, told

CONNECT_S, ANSWER_S, WHOLE_S = 15.0, 60.0, 90.0

Broken = (OSError, imaplib.IMAP4.error, ImapToolsError, UnicodeError)


class SentUnusable(Exception):
    """The folder can't be used as it is set up; the message says why."""


class Sent:
    """One folder of one mailbox."""

    def __init__(
        self,
        settings: SentFolder,
        user: str,
        password: Callable[[], str],
        *,
        tls: ssl.SSLContext | None = None,
        whole_s: float = WHOLE_S,
        answer_s: float = ANSWER_S,
    ) -> None:
        self._settings = settings
        self._user = settings.user or user
        self._password = password
        self._tls = tls
        self._whole_s = whole_s
        self._answer_s = answer_s

    def put(self, content: bytes, sent_at: datetime) -> str:
        """Lay a copy into the folder; return what went wrong, in words, if anything did."""
        with self._troubles() as troubles, self._opened() as box:
            box.append(content, self._settings.folder, dt=sent_at, flag_set=[MailMessageFlags.SEEN])
        return "; ".join(troubles)

    def find(self, message_id: str) -> Finding:
        """Look for a message by its Message-ID."""
        with self._troubles() as troubles, self._opened() as box:
            box.folder.set(self._settings.folder, readonly=True)
            if box.uids(AND(header=H("Message-ID", message_id))):
                return Found(reference=message_id)
        if troubles:
            return CannotTell(reason="; ".join(troubles))
        return CannotTell(
            reason=f"it is not in {self._settings.folder!r}; it may have been sent all the same"
        )

    def greet(self) -> str:
        """Return what is wrong with the folder, in words, if anything is; nothing is changed."""
        with self._troubles() as troubles, self._opened() as box:
            box.folder.set(self._settings.folder, readonly=True)
        return "; ".join(troubles)

    @contextmanager
    def _troubles(self) -> Iterator[list[str]]:
        """Collect what went wrong instead of raising it: the letter itself went out before."""
        troubles: list[str] = []
        try:
            yield troubles
        except SentUnusable as error:
            troubles.append(str(error))
        except Broken as error:
            troubles.append(f"{self._settings.host}: {told(_said(error), [self._password()])}")

    @contextmanager
    def _opened(self) -> Iterator[BaseMailBox]:
        server = self._settings
        if server.security == "none" and not is_loopback(server.host):
            raise SentUnusable(f"{server.host} would get the password unprotected")
        with Deadline(self._whole_s) as deadline:
            box = _Box(deadline, server, self._tls or ssl.create_default_context(), self._answer_s)
            try:
                box.login(self._user, self._password(), initial_folder=None)
                yield box
            finally:
                with suppress(*Broken):
                    box.client.shutdown()


def _said(error: Exception) -> str | bytes:
    """Return the server's own words as it sent them: in an error's text they stand escaped, and so would a secret."""
    match error:
        case UnexpectedCommandStatusError(command_result=(_, [bytes(words), *_])):
            return words
        case imaplib.IMAP4.error(args=(bytes(words), *_)):
            return words
        case OSError():
            return cause(error)
        case UnicodeError():
            return "the password or the folder has letters that can't be sent"
        case _:
            return "an answer that is none"


class _Box(BaseMailBox):
    """imap-tools over a watched connection."""

    def __init__(self, deadline: Deadline, server: SentFolder, tls: ssl.SSLContext, answer_s: float) -> None:
        self._deadline, self._server, self._context, self._answer_s = deadline, server, tls, answer_s
        super().__init__()

    def _get_mailbox_client(self) -> imaplib.IMAP4:
        client = _Client(self._deadline, self._server, self._context, self._answer_s)
        if self._server.security == "starttls":
            client.starttls(self._context)
        return client


class _Client(imaplib.IMAP4):
    def __init__(self, deadline: Deadline, server: SentFolder, tls: ssl.SSLContext, answer_s: float) -> None:
        self._deadline, self._tls_at_once, self._answer_s = deadline, server.security == "tls", answer_s
        self._context = tls
        super().__init__(server.host, server.port, timeout=CONNECT_S)

    def _create_socket(self, timeout: float | None) -> socket.socket:
        connection = connected(
            self._deadline,
            self.host,
            self.port,
            timeout_s=timeout or CONNECT_S,
            tls=self._context if self._tls_at_once else None,
        )
        connection.settimeout(self._answer_s)
        return connection
