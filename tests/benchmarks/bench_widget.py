"""How long until the queue can be decided in a browser, beside a bare page and one that shows as many plain rows?"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from opc_kernel.event import NEW_STREAM
from tests.benchmarks.bench_read_models import fill
from tests.benchmarks.bench_sizes import EVENTS_A_TRANSACTION, proposal
from tests.benchmarks.figures import Figure, interleaved
from workbench import composition
from workbench.founding import found
from workbench.view_queue import ROWS_LISTED

EVENTS = 100_000
ROWS = 10_000
BATCH = 1_000
ROUNDS = 7
SLOW_MS = 120_000
CHROMIUM = "/usr/bin/chromium"
HEAD = "import marimo\napp = marimo.App()\n"
BARE = (
    HEAD
    + '@app.cell\ndef page():\n    import marimo as mo\n    mo.Html("<p class=ready>ready</p>")\n    return\n'
)
PLAIN = (
    HEAD
    + """
@app.cell
def page():
    import anywidget
    import marimo as mo
    import traitlets

    class Plain(anywidget.AnyWidget):
        _esm = '''export default { render({ model, el }) {
            for (const row of model.get("rows")) {
                const line = document.createElement("p");
                line.textContent = `${row.head} ${row.summary}`;
                el.append(line);
            }
            el.lastChild.className = "ready";
        } }'''
        rows = traitlets.List().tag(sync=True)

    shown = [{"head": f"no money at risk · proposal · {n}", "summary": f"Book {n}?"} for n in range(ROWS)]
    mo.ui.anywidget(Plain(rows=shown))
    return
"""
)
SERVER = (
    "import sys; from workbench import views; "
    "views.VIEWS.update(bare=sys.argv.pop(1), plain=sys.argv.pop(1)); "
    "from workbench.cli.main import main; main()"
)


def figures() -> Iterator[Figure]:
    with tempfile.TemporaryDirectory() as folder:
        os.environ["XDG_RUNTIME_DIR"] = folder
        full(Path(folder) / "acme")
        with served(Path(folder)) as link, sync_playwright() as playwright:
            browser = playwright.chromium.launch(
                executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"]
            )
            bare, plain, queue, every = ready(browser, link)
            browser.close()
    what = f"{EVENTS:,} events, {ROWS:,} rows"
    yield figure(f"page 'queue' ready ({what}), beside a bare marimo page", queue, bare, 1.3)
    yield figure(f"{ROWS_LISTED:,} rows listed, beside them as plain lines", every, plain, 1.5)


def full(folder: Path) -> None:
    """Found a company in which much happened and much waits."""
    found(folder, demo=False)
    with composition.open_log(folder) as log:
        fill(log, EVENTS // EVENTS_A_TRANSACTION)
        for start in range(0, ROWS, BATCH):
            asked = [proposal(start + number) for number in range(BATCH)]
            log.append(asked, expected={each.stream: NEW_STREAM for each in asked})


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """Serve it with two more pages; yields the link."""
    (folder / "bare.py").write_text(BARE)
    (folder / "plain.py").write_text(PLAIN.replace("ROWS", str(ROWS_LISTED)))
    pages = [str(folder / "bare.py"), str(folder / "plain.py")]
    command = [sys.executable, "-c", SERVER, *pages, "up", "--company", str(folder / "acme"), "--port", "0"]
    output = folder / "output"
    with output.open("wb") as file:
        process = subprocess.Popen(
            [*command, "--no-browser"], stdout=file, env={**os.environ, "PYTHONUNBUFFERED": "1"}
        )
    while "http://" not in output.read_text():
        assert process.poll() is None, "the server did not come up"
        time.sleep(0.05)
    yield next(word for word in output.read_text().split() if word.startswith("http://"))
    process.terminate()
    process.wait(timeout=30)


def ready(browser: Browser, link: str) -> list[float]:
    """Return the seconds until each page stands: bare, plain, queue, and the queue with all its rows."""
    window = browser.new_page()
    window.set_default_timeout(SLOW_MS)
    window.goto(link)
    base = link.partition("/?")[0]
    every = f".wbq-item:nth-child({ROWS_LISTED})"
    pages = (("bare", ".ready"), ("plain", ".ready"), ("queue", "article.wb-row h2"), ("queue", every))
    bodies = [partial(open_page, window, f"{base}/{name}/", until) for name, until in pages]
    interleaved(1, *bodies)  # the browser has its scripts, the server its modules
    return interleaved(ROUNDS, *bodies)


def open_page(window: Page, address: str, until: str) -> None:
    window.goto(address)
    window.locator(until).wait_for(state="attached")


def figure(name: str, ours: float, peer: float, aim: float) -> Figure:
    return Figure(
        name=name,
        ours=f"{ours * 1000:.0f} ms",
        peer=f"{peer * 1000:.0f} ms",
        ratio=ours / peer,
        goal=f"aim: under {aim:g}x;",
        reached=ours <= aim * peer,
    )
