"""A widget's files as text: a notebook loads one module a widget, so what they share stands before each."""

from __future__ import annotations

from pathlib import Path

HERE = Path(__file__).parent


def script(name: str) -> str:
    """Return the module of a widget with what all of them share."""
    return file_text("element.js") + file_text(name)


def file_text(name: str) -> str:
    """Return one file of a widget."""
    return (HERE / name).read_text(encoding="utf-8")
