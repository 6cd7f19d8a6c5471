"""A Dovecot of one test run: an IMAP server on loopback with one mailbox, whoever signs in."""

import contextlib
import os
import shutil
import socket
import subprocess
import tempfile
import time
from pathlib import Path

PASSWORD = "hunter2!secret"
PROGRAM = shutil.which("dovecot") or shutil.which("dovecot", path="/usr/sbin")
MAIL_USER = 8
CONFIGURATION = """
base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/log
protocols = imap
listen = 127.0.0.1
ssl = no
disable_plaintext_auth = no
auth_mechanisms = plain login
first_valid_uid = 1
mail_location = maildir:{folder}/mail
default_internal_user = {internal}
default_internal_group = {group}
default_login_user = {login}
service anvil {{
  chroot =
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={folder}/mail
}}
namespace inbox {{
  inbox = yes
  mailbox Sent {{
    auto = create
    special_use = \\Sent
  }}
}}
"""


@contextlib.contextmanager
def running():
    """Yield the port of a server that takes `PASSWORD`."""
    folder = Path(tempfile.mkdtemp(prefix="dovecot-"))
    folder.chmod(0o755)
    (folder / "mail").mkdir()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    file = folder / "dovecot.conf"
    file.write_text(CONFIGURATION.format(folder=folder, port=port, password=PASSWORD, **_users(folder)))
    server = subprocess.Popen(
        [PROGRAM, "-F", "-c", str(file)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        _wait_for(port, folder / "log")
        yield port
    finally:
        server.terminate()
        server.wait(20)
        shutil.rmtree(folder, ignore_errors=True)


def _users(folder):
    if os.geteuid():
        me, group = os.geteuid(), os.getegid()
        name = folder.owner()
        return {"internal": name, "login": name, "group": folder.group(), "uid": me, "gid": group}
    os.chown(folder / "mail", MAIL_USER, MAIL_USER)
    return {
        "internal": "dovecot",
        "login": "dovenull",
        "group": "dovecot",
        "uid": MAIL_USER,
        "gid": MAIL_USER,
    }


def _wait_for(port, log):
    end = time.monotonic() + 20
    while time.monotonic() < end:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1) as greeted:
            if greeted.recv(100).startswith(b"* OK"):
                return
        time.sleep(0.05)  # a server that starts tells nobody
    raise AssertionError(log.read_text() if log.exists() else "Dovecot did not start")
