"""Connectors with what stands behind them: what really happened is read from the world, never from the connector."""

import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import httpx

from opc_kernel.effects.intent import Intent, Order
from opc_kernel.ids import derived_id
from opc_kernel.money import Money
from opc_kernel.testing import FrozenClock
from workbench.connector_settings import MailSettings, SentFolder
from workbench.connectors.mail.connector import Mail
from workbench.connectors.mail.outbox import Outbox
from workbench.connectors.mail.sent import Sent as SentMessages
from workbench.connectors.mail.server import ServerPost
from workbench.connectors.mail.smtp import Submission
from workbench.connectors.payments.account import ProviderAccount
from workbench.connectors.payments.connector import Payments
from workbench.connectors.payments.http import Api
from workbench.connectors.payments.till import Till
from workbench.connectors.site.connector import Site

PASSWORD = "hunter2!secret"
ME = "me@example.com"
HERE = Path(__file__).parent


def key(number):
    return derived_id("effect", str(number))


def start(*words, environment=None):
    """Start a world's process; its first line says where it is."""
    world = subprocess.Popen(
        [sys.executable, *map(str, words)],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, **(environment or {})},
    )
    return world, world.stdout.readline().strip()


def lines(log):
    return [json.loads(line) for line in log.read_text().splitlines()] if log.exists() else []


class SiteWorld:
    """A folder: what lies in it happened."""

    sure = once = True
    undoes = True

    def __init__(self, folder, *, sandbox=False):
        self.folder = folder / "pages"
        self.sandbox = sandbox
        if not sandbox:
            self.folder.mkdir()

    def connector(self):
        return Site(self.folder, account="pages", make=self.sandbox)

    def order(self, number=0, **changed):
        said = {
            "kind": "site.publish",
            "target": f"page-{number}",
            "action": "publish",
            "content": "# Hello",
            "fields": {"title": "Hello"},
        }
        return Order(key=key(number), intent=Intent(**{**said, **changed}))

    def effects(self):
        files = self.folder.glob("[!.]*")  # what is hidden is nobody's page
        return Counter(line.split('"')[1] for path in files for line in path.read_text().splitlines()[1:2])

    def close(self):
        pass


class MailWorld:
    """An SMTP server that takes the same letter as often as it is sent, and Dovecot for what was sent."""

    sure = once = undoes = False

    def __init__(self, folder, imap_port=None, certificate=None):
        self.log = folder / "letters.jsonl"
        self.plan = self.log.with_suffix(".plan")
        self.clock = FrozenClock()
        self.kept = {}
        self.process, port = start(HERE / "smtp_world.py", self.log, *([certificate] if certificate else []))
        self.settings = MailSettings(host="127.0.0.1", port=int(port), security="none", address=ME)
        self.imap = None
        if imap_port:
            self.imap = SentFolder(
                host="127.0.0.1", port=imap_port, security="none", user=f"me-{folder.name}"
            )

    def connector(self, **limits):
        submission = Submission(self.settings, lambda: PASSWORD, **limits)
        sent = SentMessages(self.imap, ME, lambda: PASSWORD) if self.imap else None
        post = ServerPost(submission, sent, address=ME, put=True, clock=self.clock)
        return Mail(post, account=ME, raw=self.kept.get, clock=self.clock)

    def order(self, number=0, **changed):
        return letter_order(number, **changed)

    def lose(self, when):
        self.plan.write_text(when)

    def effects(self):
        return Counter(each["id"][1:].partition("@")[0] for each in lines(self.log))

    def letters(self):
        return lines(self.log)

    def close(self):
        self.process.kill()
        self.process.communicate()


class OutboxWorld:
    """The sandbox's letters."""

    sure = once = True
    undoes = False

    def __init__(self, folder):
        self.folder = folder / "sandbox" / "mail"

    def connector(self):
        return Mail(Outbox(self.folder), account=ME, raw={}.get, clock=FrozenClock())

    def order(self, number=0, **changed):
        return letter_order(number, **changed)

    def effects(self):
        return Counter(path.stem for path in self.folder.glob("[!.]*"))

    def close(self):
        pass


class PaymentsWorld:
    """A provider with Stripe's rules, in a process of its own."""

    sure = once = undoes = True

    def __init__(self, folder):
        self.log = folder / "payments.jsonl"
        self.process, self.url = start(
            "-m", "workbench.testing.payments", self.log, environment={"PAYMENTS_SECRET": PASSWORD}
        )
        self.http = httpx.Client(base_url=self.url, headers={"Authorization": f"Bearer {PASSWORD}"})
        self.payments = {}

    def connector(self, **limits):
        api = Api(self.url, lambda: PASSWORD, clock=FrozenClock(), **limits)
        return Payments(ProviderAccount(api), account="shop")

    def order(self, number=0, **changed):
        if number not in self.payments:
            self.payments[number] = self.http.post("/v1/payment_intents", data={"amount": "11900"}).json()[
                "id"
            ]
        said = {
            "kind": "payments.capture",
            "target": self.payments[number],
            "action": "capture",
            "money": Money(amount="119.00", currency="EUR"),
        }
        return Order(key=key(number), intent=Intent(**{**said, **changed}))

    def lose(self, when):
        fault = {"before": "cut", "within": "half", "after": "cut", "hang": "hang"}[when]
        self.fail(fault=fault, when="before" if when == "before" else "after")

    def fail(self, **fault):
        self.http.post("/_plan", json={"method": "POST", **fault})

    def advance(self, seconds):
        self.http.post("/_clock", json={"advance_s": seconds})

    def effects(self):
        return Counter(each["effect"] for each in lines(self.log))

    def close(self):
        self.http.close()
        self.process.kill()
        self.process.communicate()


class TillWorld:
    """The sandbox's payments."""

    sure = once = undoes = True

    def __init__(self, folder):
        self.folder = folder / "sandbox" / "payments"

    def connector(self):
        return Payments(Till(self.folder), account="shop")

    def order(self, number=0, **changed):
        said = {
            "kind": "payments.capture",
            "target": f"pi_{number:06}",
            "action": "capture",
            "money": Money(amount="119.00", currency="EUR"),
        }
        return Order(key=key(number), intent=Intent(**{**said, **changed}))

    def effects(self):
        return Counter(path.name.partition(".")[0] for path in self.folder.glob("[!.]*"))

    def close(self):
        pass


def letter_order(number=0, **changed):
    said = {
        "kind": "mail.send",
        "target": f"kundin{number}@example.org",
        "action": "reminder 1 of invoice/17",
        "content": "Dear Ms Ahrens,\n\n.please pay.\nGrüße",
        "fields": {"subject": "Invoice 17 – überfällig"},
    }
    return Order(key=key(number), intent=Intent(**{**said, **changed}))
