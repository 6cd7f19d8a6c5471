"""An executed notebook as one HTML page that can do no harm: it runs nothing, loads nothing and leads nowhere.

What outputs show may come from strangers. All of it is cleaned, and the page forbids itself whatever a hole in the
cleaning would let through; who shows it puts it into a frame with an empty `sandbox`.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from markdown_it import MarkdownIt

from opc_kernel.text import visible
from workbench.jobs.errors import NotAJob
from workbench.jobs.notebook import Cell, read_notebook, source
from workbench.jobs.report_clean import TooDeep, clean
from workbench.jobs.verdict import OURS
from workbench.view_page import Markup, counted, element, problem, soft

POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
MAX_CHARS = 3_000_000
"""So much is shown; the rest lies in the file."""
MAX_TEXT_CHARS = 200_000
MAX_HTML_CHARS = 80_000
"""Of a whole page: what is made to be hard to read takes time with the square of its length."""
MAX_IMAGE_CHARS = 2_000_000
IMAGES = ("image/svg+xml", "image/png", "image/jpeg", "image/gif", "image/webp")
BASE64 = re.compile(r"[A-Za-z0-9+/=\s]+")
CONTROL = re.compile("\x1b(?:\\[[0-?]*[ -/]*[@-~]|\\][^\x07\x1b]*(?:\x07|\x1b\\\\)?|[@-Z\\\\-_])")
"""What a terminal takes as colour, title or link."""
Output = Mapping[str, Any]


def report_html(folder: Path, notebook: str) -> str:
    """Return the page of an executed notebook below a company's folder, or one that says why there is none."""
    try:
        cells = read_notebook(folder / notebook).cells
    except NotAJob as error:
        return _page([problem(error)])
    return _page(report_parts(cells))


def report_parts(cells: Sequence[Cell]) -> list[Markup]:
    """Return what an executed notebook says, printed and showed, cell by cell; its code is folded."""
    ours = [cell for cell in cells if not OURS & set(cell.get("metadata", {}).get("tags", ()))]
    parts: list[Markup] = []
    room, cleaning = MAX_CHARS, Cleaning()
    for number, cell in enumerate(ours, 1):
        part = _cell(number, cell, cleaning)
        room -= len(part.text)
        if room < 0:
            return [*parts, soft(f"Left out here: {counted(len(ours) - number + 1, 'cell')}.")]
        parts.append(part)
    return parts


class Cleaning:
    """Cleans the HTML of one page, up to a limit."""

    def __init__(self) -> None:
        self._left = MAX_HTML_CHARS

    def __call__(self, html: str) -> Markup | None:
        """Return harmless HTML; None where it is too much, or nested too deep."""
        self._left -= len(html)
        try:
            return Markup(clean(html)) if self._left >= 0 else None
        except TooDeep:
            return None


def _page(parts: Sequence[Markup]) -> str:
    head = (
        f'<meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="{POLICY}">'
        f"<style>{_look()}</style>"
    )
    return f'<!doctype html><html lang="en"><head>{head}</head><body>{element("main", *parts).text}</body></html>'


@cache
def _look() -> str:
    return files("workbench.jobs").joinpath("report.css").read_text(encoding="utf-8")


def _cell(number: int, cell: Cell, cleaned: Cleaning) -> Markup:
    if cell["cell_type"] == "markdown":
        return element("section", _markdown(source(cell), cleaned))
    if cell["cell_type"] != "code":
        return Markup()
    outputs = cell.get("outputs", ())
    failed = any(output.get("output_type") == "error" for output in outputs)
    return element(
        "section",
        _code(number, source(cell), failed=failed),
        *(_output(output, cleaned) for output in outputs),
        class_="failed" if failed else "code",
    )


def _code(number: int, text: str, *, failed: bool) -> Markup:
    """Return a cell's code, open where it is what failed."""
    inside = (
        element("summary", f"Cell {number}", " failed" if failed else ""),
        element("pre", visible(_cut(text))),
    )
    return element("details", *inside, open="") if failed else element("details", *inside)


def _output(output: Output, cleaned: Cleaning) -> Markup:
    match output.get("output_type"):
        case "stream":
            return _pre(output.get("text", ""), "warned" if output.get("name") == "stderr" else "said")
        case "error":
            return _error(output)
        case "display_data" | "execute_result":
            return _shown(output.get("data", {}), cleaned)
    return Markup()


def _error(output: Output) -> Markup:
    said = f"{output.get('ename', '')}: {output.get('evalue', '')}"
    lines = "\n".join(map(str, output.get("traceback", ())))
    trace = element("details", element("summary", "Traceback"), _pre(lines, "said")) if lines else Markup()
    return element("div", element("strong", _cut(_plain(said))), trace, class_="error")


def _shown(found: Mapping[str, Any], cleaned: Cleaning) -> Markup:
    """Return the richest of what an output can be shown as; charts that need a script are their plain text."""
    image = next((kind for kind in IMAGES if kind in found), None)
    if image is not None:
        return _image(image, _joined(found[image]), _plain(found.get("text/plain", "a picture")))
    if "text/html" in found and (html := cleaned(_joined(found["text/html"]))):
        return element("div", html, class_="html")
    if "text/markdown" in found:
        return _markdown(_joined(found["text/markdown"]), cleaned)
    return _pre(found.get("text/plain", ""), "said")


def _image(kind: str, content: str, words: str) -> Markup:
    """Return a picture as one: what stands in an image runs no script and fetches nothing."""
    is_svg = kind.endswith("xml")
    encoded = base64.b64encode(content.encode("utf-8", "replace")).decode() if is_svg else content
    if len(encoded) > MAX_IMAGE_CHARS or not BASE64.fullmatch(encoded):
        return soft(f"A picture is left out: {words}")
    return element("img", src=f"data:{kind};base64,{encoded}", alt=words)


def _markdown(text: str, cleaned: Cleaning) -> Markup:
    html = cleaned(_parser().render(_cut(text)))
    return _pre(text, "said") if html is None else element("div", html, class_="words")


@cache
def _parser() -> MarkdownIt:
    return MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])


def _pre(text: str | list[str], class_: str) -> Markup:
    shown = _cut(_plain(text)).strip("\n")
    return element("pre", shown, class_=class_) if shown else Markup()


def _plain(text: str | list[str]) -> str:
    return visible(CONTROL.sub("", _joined(text)))


def _joined(text: Any) -> str:  # noqa: ANN401 - JSON of a file that anybody may have written
    return "".join(map(str, text)) if isinstance(text, list) else str(text)


def _cut(text: str) -> str:
    return text if len(text) <= MAX_TEXT_CHARS else f"{text[:MAX_TEXT_CHARS]}\n… the rest lies in the file"
