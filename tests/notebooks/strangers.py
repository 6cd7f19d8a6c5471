"""What a stranger's words try in a notebook, and a place on this machine that counts whoever comes for them."""

from __future__ import annotations

import threading
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

CALL = "fetch('SINK/ran');alert(1)"
HTML = (
    f"<script>{CALL}</script>",
    "<script src='SINK/script.js'></script>",
    f"<img src='SINK/image.png' onerror=\"{CALL}\">",
    f'<img src=x onerror="{CALL}">',
    "<img srcset='SINK/set.png 1x' src='SINK/one.png'>",
    f"<svg onload=\"{CALL}\"><image href='SINK/svg.png'/><script>{CALL}</script></svg>",
    f'<details open ontoggle="{CALL}"><summary>x</summary></details>',
    f'<p onclick="{CALL}" style="background:url(\'SINK/css.png\')">paragraph</p>',
    "<style>@import 'SINK/import.css'; body { background: url('SINK/body.png') }</style>",
    "<link rel='stylesheet' href='SINK/link.css'><link rel='prefetch' href='SINK/prefetch'>",
    "<iframe src='SINK/frame'></iframe><iframe srcdoc='<script>parent.alert(1)</script>'></iframe>",
    "<object data='SINK/object'></object><embed src='SINK/embed'>",
    "<video src='SINK/video' poster='SINK/poster' autoplay></video><audio src='SINK/audio' autoplay></audio>",
    "<meta http-equiv='refresh' content='0;url=SINK/refresh'><base href='SINK/'>",
    "<form action='SINK/form'><input autofocus onfocus=\"fetch('SINK/focus')\"><button>Send</button></form>",
    f'<a href="javascript:{CALL}">a link that runs</a>',
    "<a href='data:text/html,<script>alert(1)</script>'>a link that is a page</a>",
    "<a href='SINK/left' target='_top' ping='SINK/ping'>a link that leaves</a>",
    f'<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror={CALL}&gt;">',
    f'<noscript><p title="</noscript><img src=x onerror={CALL}>"></p></noscript>',
    f"</main></body></html><script>{CALL}</script>",
    f"<table background='SINK/table.png'><tr><td background='SINK/cell.png'><img src=`SINK/tick` onerror={CALL}>",
)
WORDS = (
    "![picture](SINK/words.png) [link](javascript:alert(1)) <img src='SINK/raw.png'>",
    "[page](data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==)",
    "<script>alert(1)</script>\n\n[x]: SINK/reference\n![y][x]",
)
DRAWINGS = (
    f"<svg xmlns='http://www.w3.org/2000/svg' onload=\"{CALL}\" width='9' height='9'><script>{CALL}</script></svg>",
    "<svg xmlns='http://www.w3.org/2000/svg' xmlns:xlink='http://www.w3.org/1999/xlink' width='9' height='9'>"
    "<image href='SINK/drawn.png' xlink:href='SINK/drawn2.png' width='9' height='9'/><use href='SINK/use.svg#a'/>"
    "<style>@import 'SINK/drawn.css'; svg { background: url('SINK/drawn3.png') }</style>"
    "<foreignObject><iframe xmlns='http://www.w3.org/1999/xhtml' src='SINK/foreign'/></foreignObject></svg>",
)


@dataclass(slots=True)
class Sink:
    """An address, and every path that was asked for there."""

    url: str = ""
    asked: list[str] = field(default_factory=list)

    def of(self, texts: tuple[str, ...]) -> list[str]:
        """Return texts that lead here."""
        return [text.replace("SINK", self.url) for text in texts]

    def outputs(self) -> list[dict]:
        """Return outputs of a notebook that show all of it."""
        kinds = {"text/html": HTML, "text/markdown": WORDS, "image/svg+xml": DRAWINGS}
        return [_shown(text, kind) for kind, texts in kinds.items() for text in self.of(texts)] + [
            _shown(f"<img src='data:image/svg+xml;base64,{_base64(text)}'>") for text in self.of(DRAWINGS)
        ]


def _shown(text: str, kind: str = "text/html") -> dict:
    return {"output_type": "display_data", "metadata": {}, "data": {kind: text, "text/plain": "plain"}}


def _base64(text: str) -> str:
    return b64encode(text.encode()).decode()


@contextmanager
def sink() -> Iterator[Sink]:
    """Listen on loopback."""
    found = Sink()

    class Listener(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            found.asked.append(self.path)
            self.send_response(204)
            self.end_headers()

        do_POST = do_GET  # noqa: N815 - http.server's name

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Listener)
    found.url = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield found
    finally:
        server.shutdown()
        server.server_close()
