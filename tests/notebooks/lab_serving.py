"""A company's `workbench lab`, started as an operator starts it, and every route that its JupyterLab has."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
from pathlib import Path
from re import _constants as sign
from re import _parser

import msgspec
from serving import START_S, Served, opened

END_S = 30
ROUTES = """
import json, sys
from pathlib import Path
from tornado.routing import AnyMatches, HostMatches, PathMatches
from tornado.websocket import WebSocketHandler
from workbench.lab.jupyter import Stranger, application
from workbench.lab.place import Place

def walk(router):
    for rule in router.rules:
        match rule.matcher:
            case PathMatches():
                handler = rule.target
                verbs = [v for v in ("get", "post", "put", "patch", "delete") if v in _defined(handler)]
                socket = issubclass(handler, WebSocketHandler)
                yield rule.matcher.regex.pattern, ["WS"] if socket else [v.upper() for v in verbs] or ["GET"]
            case HostMatches() | AnyMatches():
                yield from walk(rule.target)
            case Stranger():
                pass

def _defined(handler):
    from tornado.web import RequestHandler
    return {v for v in dir(handler) if getattr(handler, v, None) is not getattr(RequestHandler, v, None)}

app = application(Place(Path(sys.argv[1])), 0, "token")
print(json.dumps(list(walk(app.web_app.default_router))))
"""


class Lab(Served):
    """A company and the `workbench lab` that is open for it."""

    @property
    def base(self) -> str:
        return self.link.partition("/lab?")[0]

    def stop(self, how: signal.Signals = signal.SIGINT) -> int:
        """End the lab as its terminal would; return its exit code."""
        self.process.send_signal(how)
        return self.process.wait(timeout=END_S)


def open_lab(folder: Path, output: Path, *arguments: str, **environment: str) -> Lab:
    """Start `workbench lab` and wait until it has printed its link."""
    return opened(Lab, "lab", folder, output, *arguments, **environment)


def routes(folder: Path) -> list[tuple[str, str]]:
    """Return every route of JupyterLab as we open it, as method and path; WS for a WebSocket."""
    done = subprocess.run(
        [sys.executable, "-c", ROUTES, str(folder)],
        capture_output=True,
        text=True,
        timeout=START_S,
        check=True,
    )
    found = msgspec.json.decode(done.stdout.splitlines()[-1])
    return sorted({(method, example(pattern)) for pattern, methods in found for method in methods})


def example(pattern: str) -> str:
    """Return a path that a route's pattern takes."""
    path = _shortest(_parser.parse(pattern)) or "/"
    assert re.match(pattern, path), (pattern, path)
    return path


def _shortest(parts) -> str:
    return "".join(_one(kind, what) for kind, what in parts)


def _one(kind, what) -> str:
    match kind:
        case sign.LITERAL:
            return chr(what)
        case sign.NOT_LITERAL | sign.ANY | sign.CATEGORY:
            return "x"
        case sign.IN:
            return "x" if what[0][0] in {sign.NEGATE, sign.CATEGORY} else _one(*what[0])
        case sign.RANGE:
            return chr(what[0])
        case sign.MAX_REPEAT | sign.MIN_REPEAT:
            return _shortest(what[2]) * max(what[0], 1)
        case sign.SUBPATTERN:
            return _shortest(what[-1])
        case sign.BRANCH:
            return _shortest(what[1][0])
        case _:
            return ""
