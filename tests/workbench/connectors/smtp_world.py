"""An SMTP server in a process of its own that writes down every letter it takes, never asking whether it had it before.

The file `<log>.plan` says, a line each, what becomes of the next letters: `before`, `within` or `after` cut the
connection around the answer, `hang` never answers; `mail:451`, `rcpt:550` and `data:452` answer that instead.
"""

import asyncio
import hashlib
import json
import os
import ssl
import sys
from email import message_from_bytes, policy
from pathlib import Path

from aiosmtpd.smtp import SMTP, AuthResult

log = Path(sys.argv[1])
plan = log.with_suffix(".plan")


def note(line):
    descriptor = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.write(descriptor, json.dumps(line).encode() + b"\n")
    os.fsync(descriptor)
    os.close(descriptor)


def planned(*kinds):
    lines = plan.read_text().splitlines() if plan.exists() else []
    if lines and lines[0].partition(":")[0] in kinds:
        plan.write_text("\n".join(lines[1:]))
        return lines[0]
    return ""


def refusal(step):
    words = planned(step)
    return f"{words.partition(':')[2]} not now" if words else ""


class Handler:
    async def handle_MAIL(self, server, session, envelope, address, options):  # noqa: N802 - aiosmtpd looks for this name
        if words := refusal("mail"):
            return words
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(self, server, session, envelope, address, options):  # noqa: N802 - aiosmtpd looks for this name
        if words := refusal("rcpt"):
            return words
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):  # noqa: N802 - aiosmtpd looks for this name
        if words := refusal("data"):
            return words
        fault = planned("before", "within", "after", "hang")
        if fault != "before":
            message = message_from_bytes(envelope.content, policy=policy.default)
            note(
                {
                    "id": message["Message-ID"],
                    "to": envelope.rcpt_tos,
                    "headers": [name.lower() for name in message],
                    "digest": hashlib.sha256(envelope.content).hexdigest(),
                    "text": message.get_body(("plain",)).get_content().replace("\r\n", "\n"),
                }
            )
        if fault == "within":
            server.transport.write(b"25")
        if fault == "hang":
            await asyncio.sleep(60)
        if fault:
            server.transport.close()
        return "250 2.0.0 Ok: queued as 4F2"


def sign_in(server, session, envelope, mechanism, given):
    return AuthResult(success=given.password == b"hunter2!secret", handled=False)


def desk():
    """Return the conversation of one connection."""
    safe = {"tls_context": tls, "require_starttls": True} if tls else {}
    return SMTP(
        Handler(), authenticator=sign_in, auth_require_tls=False, auth_required=True, hostname="world", **safe
    )


async def serve():
    server = await asyncio.get_running_loop().create_server(desk, "127.0.0.1", 0)
    os.write(1, f"{server.sockets[0].getsockname()[1]}\n".encode())
    await server.serve_forever()


tls = None
if len(sys.argv) > 2:
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(sys.argv[2])
asyncio.run(serve())
