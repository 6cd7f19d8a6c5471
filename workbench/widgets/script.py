"""A widget's files as text: a notebook loads one module a widget, so what it is made of is joined here."""

from __future__ import annotations

from pathlib import Path

HERE = Path(__file__).parent


def script(*names: str) -> str:
    """Return the module of a widget: what all of them share, then its own parts in this order."""
    return "".join(file_text(name) for name in ("element.js", *names))


def file_text(name: str) -> str:
    """Return one file of a widget."""
    return (HERE / name).read_text(encoding="utf-8")
