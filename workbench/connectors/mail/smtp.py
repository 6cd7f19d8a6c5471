"""Handing in by SMTP: until the final dot went out nothing was sent; once it has, only the answer tells."""

from __future__ import annotations

import re
import smtplib
import socket
import ssl
from collections.abc import Callable
from contextlib import suppress

from opc_kernel.effects.connector import Acted, NotDone, Sent, Unclear
from workbench.connector_settings import MailSettings, is_loopback
from workbench.connectors.deadline import Deadline, connected
from workbench.connectors.mail.letter import Letter
from workbench.connectors.words import cause, told

CONNECT_S, ANSWER_S, WHOLE_S = 15.0, 60.0, 150.0
"""To connect; for one answer; for all of it. The last is less than a probe may take."""
HELLO = "localhost"
"""How we greet: the machine's own name is nobody's business."""
DOT_AT_START = re.compile(rb"(?m)^\.")


class Refusal(Exception):
    """The server said no before it took anything."""

    def __init__(self, reason: str, *, lasting: bool) -> None:
        super().__init__(reason)
        self.reason, self.lasting = reason, lasting


class Submission:
    """One account at one SMTP server. `password` is asked for when it is needed."""

    def __init__(
        self,
        settings: MailSettings,
        password: Callable[[], str],
        *,
        tls: ssl.SSLContext | None = None,
        whole_s: float = WHOLE_S,
        answer_s: float = ANSWER_S,
    ) -> None:
        self._settings = settings
        self._password = password
        self._tls = tls
        self._whole_s = whole_s
        self._answer_s = answer_s

    def send(self, letter: Letter) -> Acted:
        """Hand a letter in. Recipients are all or none: one that is refused ends it before the letter goes."""
        password = self._password()
        with Deadline(self._whole_s) as deadline:
            line = _Line(deadline, self._context(), self._settings, self._answer_s)
            try:
                line.begin(self._settings, password)
                line.offer(letter)
            except Refusal as refusal:
                return NotDone(reason=told(refusal.reason, [password]), lasting=refusal.lasting)
            except (OSError, smtplib.SMTPException, UnicodeError) as error:
                return NotDone(reason=f"{self._settings.host}: {_words(error, deadline)}")
            else:
                return self._finish(line, letter, deadline, password)
            finally:
                line.close()

    def greet(self) -> str:
        """Connect, sign in and leave again; return how. Raises Refusal, OSError, SMTPException."""
        password = self._password()
        with Deadline(self._whole_s) as deadline:
            line = _Line(deadline, self._context(), self._settings, self._answer_s)
            try:
                line.begin(self._settings, password)
                line.quit()
            except Refusal as refusal:
                raise Refusal(told(refusal.reason, [password]), lasting=refusal.lasting) from None
            finally:
                line.close()
        return f"{self._settings.host}:{self._settings.port} ({self._settings.security})"

    def _finish(self, line: _Line, letter: Letter, deadline: Deadline, password: str) -> Acted:
        try:
            line.send(b".\r\n")
            code, said = line.getreply()
        except (OSError, smtplib.SMTPException) as error:
            return Unclear(
                reason=f"{self._settings.host} took it and did not answer: {_words(error, deadline)}"
            )
        with suppress(OSError, smtplib.SMTPException):
            line.docmd("QUIT")
        words = told(said, [password])
        match code // 100:
            case 2:
                return Sent(reference=f"{letter.id} ({code} {words})")
            case 4 | 5:
                return NotDone(reason=f"{self._settings.host}: {code} {words}", lasting=code >= 500)
            case _:
                return Unclear(reason=f"{self._settings.host} answered {code} {words}")

    def _context(self) -> ssl.SSLContext:
        return self._tls or ssl.create_default_context()


class _Line(smtplib.SMTP):
    """smtplib over a watched connection."""

    def __init__(
        self, deadline: Deadline, tls: ssl.SSLContext, settings: MailSettings, answer_s: float
    ) -> None:
        super().__init__(local_hostname=HELLO)
        self._deadline, self._context, self._at_once = deadline, tls, settings.security == "tls"
        self._answer_s = answer_s

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:  # noqa: ARG002 - smtplib's own
        connection = connected(
            self._deadline, host, port, timeout_s=CONNECT_S, tls=self._context if self._at_once else None
        )
        connection.settimeout(self._answer_s)
        return connection

    def begin(self, settings: MailSettings, password: str) -> None:
        """Connect, make it safe, sign in. Raises Refusal, OSError, SMTPException."""
        if settings.security == "none" and not is_loopback(settings.host):
            raise Refusal(f"{settings.host} would get the password unprotected", lasting=True)
        self._host = settings.host  # the name that the certificate must bear
        self._expect(*self.connect(settings.host, settings.port))
        self._expect(*self.ehlo())
        if settings.security == "starttls":
            if not self.has_extn("starttls"):
                raise Refusal(f"{settings.host} offers no STARTTLS", lasting=True)
            self._expect(*self.starttls(context=self._context))
            self._expect(*self.ehlo())
        self._sign_in(settings.user or settings.address, password)

    def offer(self, letter: Letter) -> None:
        """Say from whom and to whom, and send all but the final dot. Raises as `begin`."""
        self._expect(*self.mail(letter.sender))
        for recipient in letter.recipients:
            self._expect(*self.rcpt(recipient))
        self._expect(*self.docmd("DATA"), wanted=354)
        self.send(DOT_AT_START.sub(b"..", letter.content))
        if not letter.content.endswith(b"\r\n"):
            self.send(b"\r\n")

    def _sign_in(self, user: str, password: str) -> None:
        if not self.has_extn("auth") and is_loopback(self._host):
            return  # a relay on this machine
        if not (user + password).isascii():
            raise Refusal(f"the password for {self._host} has letters that SMTP can't carry", lasting=True)
        try:
            self.login(user, password)
        except smtplib.SMTPAuthenticationError as error:
            said = told(error.smtp_error, [password])
            raise Refusal(
                f"{self._host} refuses to sign {user} in: {error.smtp_code} {said}",
                lasting=error.smtp_code >= 500,
            ) from None
        except smtplib.SMTPNotSupportedError:
            raise Refusal(f"{self._host} offers no way to sign in", lasting=True) from None

    def _expect(self, code: int, said: bytes, wanted: int = 0) -> None:
        if code == wanted or (not wanted and code // 100 == 2):
            return
        words = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
        raise Refusal(f"{self._host}: {code} {words}", lasting=code // 100 == 5)


def _words(error: Exception, deadline: Deadline) -> str:
    if deadline.passed:
        return "no end in time"
    if isinstance(error, smtplib.SMTPServerDisconnected):
        return "the connection was cut"
    if isinstance(error, smtplib.SMTPResponseException):
        return f"an answer that is none: {error.smtp_code}"
    return cause(error)
