"""Accounts at the world outside: a connector for each of its kinds of provider, and the book it keeps."""

import json
import socket
import subprocess
import sys
import time
from pathlib import Path

from opc_kernel.effects.connector import Absent, CannotTell, Checked, Found, NotDone, Sent, Unclear
from opc_kernel.effects.intent import EffectKind

PAGE = EffectKind(name="site.publish", undo="undo", does="Publish a page")
MAIL = EffectKind(name="mail.send", undo="none", does="Send an e-mail")
MONEY = EffectKind(name="pay.capture", undo="undo", does="Capture a payment")
PATIENCE_S = 30.0


def ask(path, **asked):
    """Ask the world once; None where no answer came."""
    with socket.socket(socket.AF_UNIX) as line:
        line.settimeout(PATIENCE_S)
        line.connect(path)
        line.sendall((json.dumps(asked) + "\n").encode())
        with line.makefile() as answer:
            told = answer.readline()
    return json.loads(told) if told else None


def nothing(_moment, _order):
    """Nothing happens meanwhile."""


class Account:
    """One account. `verbs` are what the provider is asked to act, to find and to undo."""

    def __init__(self, world, place, kind, verbs, *, meanwhile=nothing):
        self.kinds = {kind.name: kind}
        self.name = kind.name.partition(".")[0]
        self.account = f"{self.name}@{place}"
        self._world, self._place, self._verbs, self._meanwhile = world, place, verbs, meanwhile

    def act(self, order):
        self._meanwhile("before", order)
        told = self._ask(self._verbs[0], order)
        self._meanwhile("after", order)
        return self._acted(told)

    def undo(self, order, reference):
        return self._acted(self._ask(self._verbs[2], order))

    def find(self, order):
        told = self._ask(self._verbs[1], order)
        if told is None or told.get("silent"):
            return CannotTell(reason="it does not say")
        if told["found"]:
            return Found(reference=str(told["found"]))
        return self._not_found()

    def check(self):
        return Checked(ok=True, told=self.account)

    def _not_found(self):
        return Absent(reason="it has no such thing")

    def _acted(self, told):
        if told is None:
            return Unclear(reason="no answer")
        if "no" in told:
            return NotDone(reason=told["no"], lasting=told["no"] != "try again")
        return Sent(reference=told.get("reference", ""))

    def _ask(self, verb, order):
        intent = order.intent
        return ask(
            self._world,
            verb=verb,
            place=self._place,
            key=order.key,
            name=intent.target,
            action=intent.action,
            content=intent.content,
            amount=intent.money.amount if intent.money else None,
            token=order.token,
        )


class Mailbox(Account):
    """SMTP never says that a message did not go."""

    def _not_found(self):
        return CannotTell(reason="it is not in Sent, which proves nothing")


def accounts(world, place, *, meanwhile=nothing):
    """Return one account at each kind of provider."""
    return {
        "site": Account(world, place, PAGE, ("put", "get", "delete"), meanwhile=meanwhile),
        "mail": Mailbox(world, place, MAIL, ("send", "sent", None), meanwhile=meanwhile),
        "pay": Account(world, place, MONEY, ("charge", "charged", "refund"), meanwhile=meanwhile),
    }


class Outside:
    """The world, started; whoever asks for its book reads what its servers saw."""

    def __init__(self, folder):
        self.path, self.book = str(folder / "w"), folder / "book"
        self._world = subprocess.Popen(
            [sys.executable, Path(__file__).with_name("effect_world.py"), self.path, self.book]
        )
        ends = time.monotonic() + PATIENCE_S
        while not self._answers():
            assert time.monotonic() < ends, "the world does not begin"
            time.sleep(0.02)  # it is another process that begins

    def _answers(self):
        try:
            ask(self.path, verb="arrange", place="")
        except OSError:
            return False
        return True

    def arrange(self, place, **how):
        ask(self.path, verb="arrange", place=place, **how)

    def seen(self, place):
        """Return every request of a place that changed something there, in order."""
        lines = (json.loads(line) for line in self.book.read_text("utf-8").splitlines())
        return [line for line in lines if line["place"] == place and line["told"].get("did")]

    def asked(self, place, *verbs):
        """Return every request of a place with these verbs, whatever it was told."""
        lines = (json.loads(line) for line in self.book.read_text("utf-8").splitlines())
        return [line for line in lines if line["place"] == place and line["verb"] in verbs]

    def end(self):
        self._world.kill()
        self._world.wait()
