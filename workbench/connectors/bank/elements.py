"""Reading values out of an element tree, for the formats that are trees: OFX and CAMT."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from workbench.connectors.bank import fields

if TYPE_CHECKING:
    from collections.abc import Callable
    from xml.etree.ElementTree import Element

T = TypeVar("T")


def count_elements(markup: str) -> int:
    """How many elements the markup can have at most; known before any is built."""
    return markup.count("<") - markup.count("</")


def refuse_twice(element: Element, tags: frozenset[str]) -> None:
    """ValueError when one of these tags stands in the element twice: two were merged by what is missing between."""
    found = [part.tag for part in element]
    if len(found) != len(set(found)):
        for tag in found:
            if tag in tags and found.count(tag) > 1:
                raise ValueError(f"{tag} stands there more than once")


def counted(number: int, one: str, many: str) -> str:
    """The number with its word: 1 position, 2 positions."""
    return f"{number:,} {one if number == 1 else many}"


def raw_at(element: Element, *paths: str) -> str:
    """The text at the first of these paths that holds any, else nothing."""
    for path in paths:
        if found := (_text_of(element, path) or "").strip():
            return found
    return ""


def _text_of(element: Element, path: str) -> str | None:
    """The same as findtext, step by step: a path of several steps is slow there, and most lead nowhere."""
    if "/" not in path:
        return element.findtext(path)
    here = element
    for step in path.split("/"):
        below = here.find(step)
        if below is None:
            return None if here is element else element.findtext(path)
        here = below
    return here.text or ""


def value_at(element: Element, read: Callable[[str], T], *paths: str) -> T | None:
    """The value at the first of these paths that holds one. ValueError names the path."""
    for path in paths:
        if raw := raw_at(element, path):
            try:
                return read(raw)
            except ValueError as error:
                raise ValueError(f"{path}: {error}") from error
    return None


def need(element: Element, read: Callable[[str], T], *paths: str) -> T:
    """The value that must be there."""
    value = value_at(element, read, *paths)
    if value is None:
        raise ValueError(f"{' or '.join(paths)} is missing or empty")
    return value


def text_at(element: Element, *paths: str) -> str:
    """Text, or nothing."""
    return value_at(element, fields.text, *paths) or ""


def name_at(element: Element, *paths: str) -> str:
    """A name, or nothing."""
    return value_at(element, fields.name, *paths) or ""


def id_at(element: Element, *paths: str) -> str:
    """A reference or an id, or nothing."""
    return value_at(element, fields.identifier, *paths) or ""


def account_at(element: Element, *paths: str) -> str:
    """An account, or nothing."""
    return value_at(element, fields.account, *paths) or ""
