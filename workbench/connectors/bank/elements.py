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


def raw_at(element: Element, *paths: str) -> str:
    """The text at the first of these paths that holds any, else nothing."""
    return next((found for path in paths if (found := (element.findtext(path) or "").strip())), "")


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
