"""JupyterLab as we open it: on loopback, behind a token of its own, silent towards every other host."""

from __future__ import annotations

import logging
import os
import shutil
import signal
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jupyter_core.paths import jupyter_config_dir, jupyter_runtime_dir
from jupyter_server.serverapp import ServerApp
from jupyterlab.handlers.announcements import NeverCheckForUpdate
from jupyterlab.labapp import LabApp
from tornado.routing import Matcher, Rule
from tornado.web import RequestHandler, decode_signed_value
from traitlets.config import Config

from workbench.guard import POLICY, is_ours, is_same
from workbench.lab.place import Place
from workbench.loopback import HOST

if TYPE_CHECKING:
    from tornado.httputil import HTTPServerRequest

SETTINGS = Path(__file__).parent / "settings"
REFUSED = "This page wants the link that 'workbench lab' printed.\n"
FORBIDDEN = 403
KERNEL_ENDS_S = 2.0
"""How long a kernel may take to end before it is ended."""
MAX_RUNTIME_CHARS = 40
"""A socket's path has room for about a hundred; a kernel's own part takes the rest."""
SCHEMES = ("token", "bearer")
"""What JupyterLab's own pages write before the token in the header Authorization."""


def run(place: Place, port: int, token: str, *, browser: bool, ready: Callable[[], None]) -> None:
    """Serve the notebooks until interrupted, and end every kernel; `ready` is called once it answers."""
    os.environ.update(place.environment())
    with tempfile.TemporaryDirectory(prefix="workbench-lab-") as runtime:
        os.environ["JUPYTER_RUNTIME_DIR"] = runtime  # keys of kernels, and the token for what runs in them
        app = application(place, port, token, browser=browser)
        for ending in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(ending, lambda *_: app.stop(from_signal=True))  # Jupyter itself would ask again
        app.io_loop.add_callback(ready)
        app.start()


def application(place: Place, port: int, token: str, *, browser: bool = False) -> ServerApp:
    """Return JupyterLab, ready to start."""
    with _no_config():
        LabApp.load_other_extensions = False
        app = LabApp.initialize_server(argv=[], config=_config(place, port, token, browser=browser))
    assert isinstance(app, ServerApp), "JupyterLab is an extension of this server"
    app.no_browser_open_file = (
        not browser
    )  # the browser is handed a file: a link would stand in the process list
    app.web_app.default_router.rules.insert(0, Rule(Stranger(app, token), Refusing))
    return app


@contextmanager
def _no_config() -> Iterator[None]:
    """Let no file of the user's or the machine's open this server further."""
    os.environ["JUPYTER_NO_CONFIG"] = "1"
    empty = jupyter_config_dir()
    try:
        yield
    finally:
        del os.environ["JUPYTER_NO_CONFIG"]
        shutil.rmtree(empty, ignore_errors=True)


def _config(place: Place, port: int, token: str, *, browser: bool) -> Config:
    config, runtime = Config(), jupyter_runtime_dir()
    config.ServerApp = Config(
        ip=HOST,
        port=port,
        port_retries=0,
        root_dir=str(place.notebooks),
        open_browser=browser,
        allow_root=True,
        allow_remote_access=False,
        allow_unauthenticated_access=False,
        allow_origin="",
        allow_origin_pat="",
        tornado_settings={"headers": _headers(port)},
    )
    config.Application = Config(log_level=logging.ERROR)
    config.IdentityProvider = Config(
        token=token,
        cookie_name=cookie_name(f"{HOST}:{port}"),
        cookie_options={"httponly": True, "samesite": "Strict"},
    )
    config.KernelManager = Config(shutdown_wait_time=KERNEL_ENDS_S)
    if len(runtime) <= MAX_RUNTIME_CHARS:
        config.ConnectionFileMixin = Config(transport="ipc")  # files of the user's own instead of open ports
    config.LabApp = Config(
        news_url=None,
        check_for_updates_class=NeverCheckForUpdate,
        extension_manager="readonly",
        app_settings_dir=str(SETTINGS),
        user_settings_dir=str(place.own / "settings"),
        workspaces_dir=str(place.own / "workspaces"),
    )
    return config


def _headers(port: int) -> dict[str, str]:
    """Return what holds back whatever an output or a row's text would load from elsewhere."""
    policy = POLICY.format(host=f"{HOST}:{port}").replace(
        "script-src 'self'", "script-src 'self' 'unsafe-eval'"
    )
    return {
        "Content-Security-Policy": policy,
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
    }


class Stranger(Matcher):
    """Takes every request from elsewhere or without the token, before any handler of Jupyter's sees it."""

    def __init__(self, app: ServerApp, token: str) -> None:
        self._host = f"{HOST}:{app.port}"
        self._token = token
        self._secret: bytes = app.web_app.settings["cookie_secret"]

    def match(self, request: HTTPServerRequest) -> dict[str, Any] | None:
        """See tornado.routing.Matcher.match."""
        return None if is_ours(request.headers, self._host) and self._knows(request) else {}

    def _knows(self, request: HTTPServerRequest) -> bool:
        given = [each.decode("latin-1") for each in request.query_arguments.get("token", [])]
        scheme, _, word = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() in SCHEMES:
            given.append(word)
        return any(is_same(each, self._token) for each in given) or self._is_welcome(request)

    def _is_welcome(self, request: HTTPServerRequest) -> bool:
        """Return whether Jupyter gave this browser a cookie when it brought the token."""
        name = cookie_name(self._host)
        cookie = request.cookies.get(name)
        return cookie is not None and decode_signed_value(self._secret, name, cookie.value) is not None


def cookie_name(host: str) -> str:
    """Return a name for each port: cookies know no ports, and two companies may have a lab each."""
    return f"workbench-lab-{host.rpartition(':')[2]}"


class Refusing(RequestHandler):
    """Says no, whatever was asked."""

    def check_xsrf_cookie(self) -> None:
        """See tornado.web.RequestHandler.check_xsrf_cookie; what is refused needs none."""

    def prepare(self) -> None:
        """See tornado.web.RequestHandler.prepare."""
        self.set_status(FORBIDDEN)
        self.set_header("Content-Type", "text/plain; charset=utf-8")
        self.finish(REFUSED)
