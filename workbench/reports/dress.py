"""Markup for notebooks: what the views' style sheet says stands in each element, and links become words.

A notebook that nobody trusts yet is shown without style sheets, scripts and drawings; styles in elements stay.
Words take the colour of the page around them, so that they read in light and dark.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from html.parser import HTMLParser

from workbench.view_page import Markup

LINE = "1px solid rgba(128, 128, 128, 0.35)"
SOFT = "opacity: 0.7"
BOX = f"padding: 8px 14px; margin: 0 0 10px 0; border: {LINE}; border-left: 4px solid "
BOXED = {"wb-good": "#3c8f6d", "wb-bad": "#c8453f"}
TAGS = {
    "h2": "font-size: 17px; font-weight: 700; margin: 14px 0 6px 0",
    "p": "margin: 0 0 6px 0",
    "ul": "margin: 4px 0; padding-left: 18px",
    "ol": "margin: 4px 0; padding-left: 22px",
    "li": "margin: 3px 0",
    "small": f"display: block; font-size: 12px; {SOFT}",
    "table": "border-collapse: collapse; margin: 4px 0 8px 0; font-size: 13px",
    "caption": "text-align: left; font-weight: 700",
    "tr": "background: transparent",
    "th": f"text-align: left; font-weight: 400; padding: 4px 16px 4px 0; border-bottom: {LINE}; {SOFT}",
    "td": "text-align: left; vertical-align: baseline; padding: 4px 16px 4px 0",
    "dt": f"float: none; width: auto; font-size: 12px; font-weight: 400; {SOFT}",
    "dd": "float: none; width: auto; margin: 0; padding: 0; font-size: 22px; font-weight: 700; white-space: nowrap",
    "pre": "font-size: 12px; white-space: pre-wrap; margin: 4px 0",
}
CLASSES = {
    "wb-big": "font-size: 22px; font-weight: 700; margin: 0 0 4px 0",
    "wb-soft": f"{SOFT}; margin: 0 0 6px 0",
    "wb-number": "text-align: right; white-space: nowrap",
    "wb-short": "white-space: nowrap",
    "wb-minus": "color: #d0524b",
    "wb-unknown": SOFT,
    "wb-rows": "padding-left: 22px",
    "wb-happened": "list-style: none; padding-left: 0; display: grid; gap: 2px 24px; "
    "grid-template-columns: repeat(auto-fill, minmax(220px, 1fr))",
    "wb-total": f"font-weight: 700; border-top: {LINE}",
    "wb-figures": "overflow-x: auto",
    "wb-sums": "display: flex; flex-wrap: wrap; gap: 8px 36px; margin: 0 0 8px 0",
    "wb-bar": "display: flex; height: 11px; max-width: 640px; margin: 4px 0",
    "wb-legend": "list-style: none; padding-left: 0; display: flex; flex-wrap: wrap; gap: 2px 22px; margin: 4px 0",
    "wb-auto": "background: #3c8f6d",
    "wb-you": "background: #4a7fc1",
    "wb-open": "background: #d39a3a",
    "wb-steps": "list-style: none; padding-left: 0",
    "wb-done": "padding-left: 20px",
    "wb-missing": "padding-left: 20px",
    "wb-picture": "max-width: 100%; height: auto",
}
DOT = "display: inline-block; width: 10px; height: 10px; margin-right: 6px"
MARKS = {"wb-done": "✓ ", "wb-missing": "! "}
"""What the views draw before a line."""
MARK = "display: inline-block; width: 20px; margin-left: -20px; font-weight: 700; color: "
MARKED = {"wb-done": "#3c8f6d", "wb-missing": "#d0524b"}
KEPT = ("role", "aria-label", "alt", "src", "colspan", "style")
VOID = ("img", "br", "hr")


def dressed(made: Markup) -> str:
    """Return Markup with its looks in each element; what is text stays the text it was."""
    dresser = _Dresser()
    dresser.feed(made.text)
    dresser.close()
    return f'<div style="max-width: 860px; line-height: 1.5">{"".join(dresser.out)}</div>'


class _Dresser(HTMLParser):
    """Writes each element anew; Markup is well-formed, for it was put together by `element`."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=False)
        self.out: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        classes = given.get("class", "").split()
        style = "; ".join(filter(None, (*_styles(tag, classes), given.pop("style", ""))))
        kept = {name: value for name, value in given.items() if name in KEPT} | (
            {"style": style} if style else {}
        )
        words = "".join(f' {name}="{escape(value)}"' for name, value in kept.items())
        marks = (
            f'<span style="{MARK}{MARKED[name]}">{MARKS[name]}</span>' for name in classes if name in MARKS
        )
        self.out.append(f"<{_tag(tag)}{words}>{''.join(marks)}")

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            self.out.append(f"</{_tag(tag)}>")

    def handle_data(self, data: str) -> None:
        self.out.append(data)

    def handle_entityref(self, name: str) -> None:
        self.out.append(f"&{name};")

    def handle_charref(self, name: str) -> None:
        self.out.append(f"&#{name};")


def _tag(tag: str) -> str:
    return "span" if tag == "a" else tag


def _styles(tag: str, classes: Sequence[str]) -> list[str]:
    boxed = next((BOXED[name] for name in classes if name in BOXED), "#8a8a8a")
    box = [f"{BOX}{boxed}"] if "wb-word" in classes else []
    dot = [DOT] if tag == "i" else []
    return [TAGS.get(tag, ""), *dot, *(CLASSES.get(name, "") for name in classes), *box]
