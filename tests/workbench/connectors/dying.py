"""A process that begins an effect and is killed in it: `dying.py <kind> <where> <order as JSON>`."""

import os
import signal
import sys
from pathlib import Path

from opc_kernel.effects.intent import Intent, Order
from opc_kernel.testing import FrozenClock
from workbench.connector_settings import MailSettings
from workbench.connectors.mail.connector import Mail
from workbench.connectors.mail.outbox import Outbox
from workbench.connectors.mail.server import ServerPost
from workbench.connectors.mail.smtp import Submission
from workbench.connectors.payments.account import ProviderAccount
from workbench.connectors.payments.connector import Payments
from workbench.connectors.payments.http import Api
from workbench.connectors.payments.till import Till
from workbench.connectors.site.connector import Site

PASSWORD = "hunter2!secret"
kind, where, key, intent = sys.argv[1:5]


def die_at(number):
    """End this process at its n-th sync: before the file is there, and after."""
    real, seen = os.fsync, []

    def fsync(descriptor):
        seen.append(descriptor)
        if len(seen) == number:
            os.kill(os.getpid(), signal.SIGKILL)
        real(descriptor)

    os.fsync = fsync


def connector():
    match kind:
        case "site" | "site sandbox":
            return Site(Path(where), account="pages", make=True)
        case "mail":
            settings = MailSettings(
                host="127.0.0.1", port=int(where), security="none", address="me@example.com"
            )
            post = ServerPost(
                Submission(settings, lambda: PASSWORD),
                None,
                address=settings.address,
                put=False,
                clock=FrozenClock(),
            )
            return Mail(post, account=settings.address, raw={}.get, clock=FrozenClock())
        case "mail sandbox":
            return Mail(Outbox(Path(where)), account="me@example.com", raw={}.get, clock=FrozenClock())
        case "payments":
            return Payments(
                ProviderAccount(Api(where, lambda: PASSWORD, clock=FrozenClock())), account="shop"
            )
        case "payments sandbox":
            return Payments(Till(Path(where)), account="shop")


if len(sys.argv) > 5:
    die_at(int(sys.argv[5]))
connector().act(Order(key=key, intent=Intent.model_validate_json(intent)))
