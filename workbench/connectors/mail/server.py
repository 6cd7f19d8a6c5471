"""The real post: handed in by SMTP, a copy into the folder of sent messages, and looked up there."""

from __future__ import annotations

from dataclasses import replace
from smtplib import SMTPException

from opc_kernel.clock import Clock
from opc_kernel.effects.connector import Acted, CannotTell, Checked, Finding, Sent
from workbench.connectors.mail.letter import Letter
from workbench.connectors.mail.sent import Sent as SentFolder
from workbench.connectors.mail.smtp import Refusal, Submission
from workbench.connectors.words import cause


class ServerPost:
    """One account: where it hands in, and where its sent messages lie. `put`: the copy there is ours to make."""

    def __init__(
        self, submission: Submission, sent: SentFolder | None, *, address: str, put: bool, clock: Clock
    ) -> None:
        self._submission = submission
        self._sent = sent
        self._address = address
        self._put = put
        self._clock = clock

    def hand_in(self, letter: Letter) -> Acted:
        """See Post.hand_in. A copy that can't be kept changes nothing about the letter being sent."""
        acted = self._submission.send(letter)
        if not isinstance(acted, Sent) or self._sent is None or not self._put:
            return acted
        trouble = self._sent.put(letter.content, self._clock.now())
        return (
            replace(acted, reference=f"{acted.reference}; no copy was kept: {trouble}") if trouble else acted
        )

    def look_up(self, message_id: str) -> Finding:
        """See Post.look_up. It is never absent for sure: a letter may be sent and its copy lost."""
        if self._sent is None:
            return CannotTell(reason="no folder of sent messages is set up, where it could be looked for")
        return self._sent.find(message_id)

    def check(self) -> Checked:
        """See Connector.check."""
        try:
            where = self._submission.greet()
        except Refusal as refusal:
            return Checked(ok=False, told=f"{refusal.reason}.")
        except (OSError, SMTPException) as error:
            return Checked(ok=False, told=f"The server for sending can't be reached: {cause(error)}.")
        if self._sent is not None and (trouble := self._sent.greet()):
            return Checked(ok=False, told=f"Sending works; the folder of sent messages does not: {trouble}.")
        found = "sent messages can be found again" if self._sent else "sent messages can't be looked up"
        return Checked(ok=True, told=f"{self._address} signs in at {where}; {found}.")
