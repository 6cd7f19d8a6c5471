"""What lets the machine itself keep a company's schedule: units for systemd, or lines for crontab."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from shlex import quote

UNIT = """\
# {path}
[Unit]
Description={what} of {folder}
{after}
[Service]
Type={kind}
WorkingDirectory={escaped}
ExecStart={command}
{more}{wanted}"""


def units(folder: Path) -> str:
    """Return unit files of the user's systemd with their places, and the commands that switch them on."""
    name = f"workbench-{re.sub('[^a-zA-Z0-9_-]+', '-', folder.name).strip('-') or 'company'}"
    place = f"~/.config/systemd/user/{name}"
    common = {"folder": _unit_text(folder), "escaped": _unit_text(folder)}
    up = UNIT.format(
        path=f"{place}.service",
        what="Workbench",
        kind="exec",
        after="After=network.target\n",
        command=_command(folder, "up", "--no-browser"),
        more="Restart=on-failure\nRestartSec=5\nKillSignal=SIGINT\nTimeoutStopSec=20\nUMask=0077\n",
        wanted="\n[Install]\nWantedBy=default.target\n",
        **common,
    )
    due = UNIT.format(
        path=f"{place}-due.service",
        what="Due jobs",
        kind="oneshot",
        after="",
        command=_command(folder, "job", "due"),
        more="UMask=0077\n",
        wanted="",
        **common,
    )
    timer = (
        f"# {place}-due.timer\n[Unit]\nDescription=Every minute: due jobs of {_unit_text(folder)}\n\n[Timer]\n"
        "OnCalendar=*:0/1\nAccuracySec=5s\nPersistent=true\n\n[Install]\nWantedBy=timers.target\n"
    )
    return "\n".join(
        (
            "# Either: 'workbench up' serves the company and keeps the schedule. Save the first file, then",
            f"#   systemctl --user daemon-reload && systemctl --user enable --now {name}.service",
            "# Or: nobody serves it, and what is due is run every minute. Save the other two, then",
            f"#   systemctl --user daemon-reload && systemctl --user enable --now {name}-due.timer",
            "# So that it goes on while you are not logged in: loginctl enable-linger",
            "",
            up,
            due,
            timer,
        )
    )


def crontab(folder: Path) -> str:
    """Return the line for crontab that runs what is due every minute."""
    words = " ".join(quote(word) for word in _words(folder, "job", "due"))
    line = f"* * * * * {words}".replace("%", r"\%")
    return f"# Add with 'crontab -e'; one run that takes longer than a minute keeps no other from being due.\n{line}"


def _words(folder: Path, *words: str) -> tuple[str, ...]:
    return (sys.executable, "-P", "-m", "workbench", *words, "--company", str(folder))


def _command(folder: Path, *words: str) -> str:
    return " ".join(
        f'"{_unit_text(word)}"' if re.search(r'[\s"\\%$]', word) else word for word in _words(folder, *words)
    )


def _unit_text(word: object) -> str:
    """As systemd reads it: `%` and `$` stand for something else there."""
    return str(word).replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%").replace("$", "$$")
