"""X11: twelve canary secrets through use and failure: none in an event, a line, an error, a file or a process list."""

import logging
import os
import socket
import subprocess
import sys
import threading
from contextlib import contextmanager
from pathlib import Path

import pytest
from shop import SETTINGS
from typer.testing import CliRunner

from opc_kernel.effects.account_traffic import AccountTraffic
from opc_kernel.effects.intent import Intent, Order
from opc_kernel.errors import KernelError
from workbench import composition
from workbench.cli.main import app
from workbench.connecting import check, to_production
from workbench.secrets import keep_secret, variable

CANARIES = {
    f"{name}{number}": f"canary-{number}-{name}-7f3a%2F+/="
    for number, name in enumerate(["mail", "payments"] * 6)
}
MAIL = Intent(kind="mail.send", target="a@example.org", action="x", content="Hi", fields={"subject": "Hi"})
PAID = Intent(
    kind="payments.capture", target="pi_123", action="x", money={"amount": "1.00", "currency": "EUR"}
)


@contextmanager
def parrot(greeting):
    """Yield the port of a server that answers every line with the line: as an SMTP error, and in an HTTP body."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def talk(connection):
            reader = connection.makefile("rb")
            connection.sendall(greeting)
            heard, imap = [], greeting.startswith(b"*")
            for line in reader:
                heard.append(line.strip())
                if b"CAPABILITY" in line:
                    connection.sendall(b"* CAPABILITY IMAP4rev1\r\n%s OK done\r\n" % line.split()[0])
                elif line.startswith((b"EHLO", b"ehlo")):
                    connection.sendall(b"250-parrot\r\n250 AUTH PLAIN\r\n")
                elif heard[0].startswith((b"GET", b"POST")):
                    if line == b"\r\n":
                        said = b'{"error": {"type": "x", "message": "%s"}}' % b" ".join(heard).replace(
                            b'"', b""
                        )
                        head = b"HTTP/1.1 401 No\r\nContent-Length: %d\r\n\r\n" % len(said)
                        connection.sendall(head + said)
                        return
                else:
                    connection.sendall(
                        line.split()[0] + b" NO 535 you said " + line if imap else b"535 " + line
                    )

        def serve():
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                with connection:
                    talk(connection)

        threading.Thread(target=serve, daemon=True).start()
        yield server.getsockname()[1]
        server.shutdown(socket.SHUT_RDWR)


def settings(smtp, http, closed):
    return f"""{SETTINGS}
[connectors.mail]
host = "127.0.0.1"
port = {smtp}
security = "none"
address = "me@example.com"

[connectors.mail.sent]
host = "127.0.0.1"
port = {closed}
security = "none"

[connectors.payments]
url = "http://127.0.0.1:{http}"
"""


def written(folder):
    for path in folder.rglob("*"):
        if path.is_file() and "secrets" not in path.parts and not path.name.startswith("company.duckdb"):
            yield path.name, path.read_bytes()


def spellings(secret):
    import base64
    from urllib.parse import quote, quote_plus

    plain = secret.encode()
    for whole in (plain, b"\0me@example.com\0" + plain, b"me@example.com" + plain):
        yield whole
        yield base64.b64encode(whole)
    yield quote(secret).encode()
    yield quote_plus(secret).encode()


@pytest.mark.parametrize("kept", ["file", "environment"])
def test_x11_no_canary_is_seen_anywhere(found, monkeypatch, capfd, caplog, kept):
    caplog.set_level(logging.DEBUG)
    seen = []
    with parrot(b"220 parrot\r\n") as smtp, parrot(b"") as http, parrot(b"* OK parrot\r\n") as imap:
        firm = found(settings(smtp, http, imap))
        for name, canary in CANARIES.items():
            secret = "mail" if name.startswith("mail") else "payments"
            if kept == "file":
                keep_secret(firm.folder, secret, canary)
            else:
                monkeypatch.setenv(variable(secret), canary)
            seen += use_everything(firm)
        for each in ("mail", "payments"):
            words = ["connector", "check", each, "--company", str(firm.folder)]
            seen.append(CliRunner().invoke(app, words).output)
        rows = firm.ask("SELECT type, data FROM event")
        firm.company.close()

    files = list(written(firm.folder))
    told = repr(seen) + repr(rows) + caplog.text + "".join(capfd.readouterr())
    assert len(rows) >= 24, "every check is an event"
    assert "535 AUTH PLAIN …" in told
    assert "Bearer …" in told
    assert 'LOGIN "me@example.com" "…"' in told
    for canary in CANARIES.values():
        for spelling in spellings(canary):
            assert (told.find(spelling.decode()), spelling) == (-1, spelling), told[
                told.find(spelling.decode()) - 200 :
            ][:400]
            assert [name for name, content in files if spelling in content] == []


def use_everything(firm):
    """Do what can be done with both connectors; return every word of it."""
    pairs = composition.connectors(firm.company.settings, firm.folder, clock=firm.clock)
    traffic = AccountTraffic(firm.company, clock=firm.clock)
    for intent in (MAIL, PAID):
        connector = pairs[intent.connector].production
        order = Order(key="0" * 26, intent=intent)
        acted = connector.act(order)
        traffic.told(connector, acted)
        yield acted
        yield connector.find(order)
        yield connector.undo(order, "x")
        yield vars(connector)
        yield check(firm.company, intent.connector)
        try:
            to_production(firm.company, intent.connector)
        except KernelError as error:
            yield str(error)


@pytest.mark.parametrize("canary", ["canary-übel-ß", "canary with a space", "canary-\u202e", "'\"canary\\"])
def test_x11_a_secret_of_odd_letters_is_no_error_that_tells_it(found, canary):
    with parrot(b"220 parrot\r\n") as smtp, parrot(b"") as http, parrot(b"* OK parrot\r\n") as imap:
        firm = found(settings(smtp, http, imap))
        keep_secret(firm.folder, "mail", canary)
        keep_secret(firm.folder, "payments", canary)
        seen = list(use_everything(firm))

    assert len(seen) >= 10
    assert "canary" not in repr(seen)


def test_x11_a_secret_taken_from_a_pipe_stands_in_no_process_list(shop):
    shop.company.close()
    command = [sys.executable, "-m", "workbench", "secret", "set", "mail", "--company", str(shop.folder)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as setting:
        listed = Path(f"/proc/{setting.pid}/cmdline")
        seen = listed.read_bytes() if listed.exists() else b""
        out, _ = setting.communicate(b"canary-in-a-pipe\n")

    assert setting.returncode == 0
    assert b"canary" not in out + seen
    assert "canary-in-a-pipe" not in repr(dict(os.environ))
