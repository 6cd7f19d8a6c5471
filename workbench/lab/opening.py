"""Opening the lab of a company: its notebooks laid out, JupyterLab on them, a link that is the key."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable
from pathlib import Path

from workbench.company import company_folder
from workbench.lab.place import Mark, Place
from workbench.lab.ready import lay_out, told
from workbench.loopback import HOST, listen

USUAL_PORT = 8766
TOKEN_BYTES = 32


def open_lab(folder: Path, *, port: int | None, browser: bool, say: Callable[[str], None]) -> None:
    """Serve the company's notebooks in JupyterLab until interrupted; its kernels end with it.

    Raises NotACompany, LabOpen and PortTaken.
    """
    place = Place(company_folder(folder))
    with listen(port, usual=USUAL_PORT) as listener:
        port = int(listener.getsockname()[1])
    url = f"http://{HOST}:{port}"
    with place.held(Mark(url=url, pid=os.getpid())):
        for words in told(lay_out(folder)):
            say(words)
        _serve(place, port, browser=browser, say=say)


def _serve(place: Place, port: int, *, browser: bool, say: Callable[[str], None]) -> None:
    from workbench.lab import jupyter  # takes more than a second: after what can be refused was refused

    token = secrets.token_urlsafe(TOKEN_BYTES)

    def ready() -> None:
        say(f"The lab is open at http://{HOST}:{port}/lab?token={token}")
        say("This link is your key: keep it to yourself. Ctrl-C ends it with all its kernels.")

    jupyter.run(place, port, token, browser=browser, ready=ready)
