"""A demo company, its server as a child process, and a real browser that notices errors and foreign hosts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from serving import Served, hostile, serve

from opc_kernel.event import NEW_STREAM, Write
from opc_kernel.flow.task import TaskRequested
from workbench.company import own_company
from workbench.founding import found
from workbench.ingest import Ingestion

CHROMIUM = Path("/usr/bin/chromium")
QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-sync",
    "--no-first-run",
)
SLOW_MS = 30_000


@pytest.fixture(scope="module")
def runtime(tmp_path_factory) -> Iterator[Path]:
    """A runtime directory of our own: address files of other servers on this machine are not touched."""
    folder = tmp_path_factory.mktemp("runtime")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_RUNTIME_DIR", str(folder))
        patch.setenv("XDG_CACHE_HOME", str(folder / "cache"))  # no model of meaning, as on a new machine
        patch.delenv("WORKBENCH_COMPANY", raising=False)
        yield folder


@pytest.fixture(autouse=True)
def runtime_folder(runtime, monkeypatch):
    """The servers here live as long as their module, and so does the runtime directory they are found in."""
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(runtime))
    return runtime


@pytest.fixture(scope="module")
def demo(tmp_path_factory, runtime) -> Path:
    """The demo company, its papers read and its work done, with a stranger's words and a task that nobody does."""
    folder = tmp_path_factory.mktemp("companies") / "demo"
    found(folder, demo=True)
    with own_company(folder) as company:
        taker = Ingestion(company, company.folder, company.settings, actor="test")
        for path in sorted((folder / "inputs").iterdir()):
            taker.ingest(path)
        company.append([hostile()], expected={"bank_transaction/hostile": NEW_STREAM})
        asked = TaskRequested(kind="books.file_taxes", agent="accountant", subject="x", trigger="y")
        stuck = Write(stream="task/stuck", data=asked, actor="test")
        company.append([stuck], expected={"task/stuck": NEW_STREAM})
        company.work()
    return folder


@pytest.fixture(scope="module")
def served(demo, runtime, tmp_path_factory) -> Iterator[Served]:
    server = serve(demo, tmp_path_factory.mktemp("output"))
    yield server
    if server.process.poll() is None:
        server.stop()


@pytest.fixture
def empty(tmp_path, runtime) -> Iterator[Served]:
    found(tmp_path / "empty", demo=False)
    server = serve(tmp_path / "empty", tmp_path)
    yield server
    if server.process.poll() is None:
        server.stop()


@dataclass(slots=True)
class Noticed:
    """What a browser should never have to report."""

    host: str = ""
    errors: list[str] = field(default_factory=list)
    foreign: list[str] = field(default_factory=list)
    dialogs: list[str] = field(default_factory=list)


@pytest.fixture(scope="session")
def chromium():
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    if not CHROMIUM.exists():
        pytest.skip(f"no browser at {CHROMIUM}")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=list(QUIET))
        yield browser
        browser.close()


SERVERS = {"served", "empty", "lab", "busy_lab"}


@pytest.fixture
def page(chromium, request):
    """A fresh window. Whatever the test does, there is no error in it, no dialog, and no request to another host."""
    for name in SERVERS & {*request.fixturenames}:
        request.getfixturevalue(name)  # what begins before the window ends after it
    context = chromium.new_context(viewport={"width": 1200, "height": 1000})
    window = context.new_page()
    window.set_default_timeout(SLOW_MS)
    seen = Noticed()
    window.on("console", lambda line: seen.errors.append(line.text) if line.type == "error" else None)
    window.on("pageerror", lambda error: seen.errors.append(str(error)))
    window.on("dialog", lambda dialog: (seen.dialogs.append(dialog.message), dialog.dismiss()))
    context.on(
        "request", lambda request: seen.foreign.append(request.url) if _is_foreign(request.url) else None
    )
    yield window
    context.close()
    assert (seen.errors, seen.dialogs, seen.foreign) == ([], [], [])


def _is_foreign(url: str) -> bool:
    return not url.startswith(("http://127.0.0.1:", "ws://127.0.0.1:", "data:", "blob:"))
