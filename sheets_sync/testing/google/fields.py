"""Field masks: which parts of an answer are wanted, and which parts of a request are meant."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from sheets_sync.testing.google.errors import FieldsUnknown, JsonObject

Mask = dict[str, "Mask"]
"""Names to the masks below them; an empty mask means everything below."""

_TOKEN = re.compile(r"[^,()./\s]+|[,()./]")
MAX_DEPTH = 50


@lru_cache(maxsize=256)
def parse(text: str) -> Mask:
    """Read `sheets(properties(sheetId,title),data.rowData)`; `*` is everything. Do not change what it returns."""
    tokens = _Tokens(text)
    mask = _list(tokens, 0)
    if tokens.peek() is not None:
        raise FieldsUnknown(text)
    return mask


class _Tokens:
    """The tokens of one mask, read from the left."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.rest = _TOKEN.findall(text)[::-1]

    def peek(self) -> str | None:
        """Return the next token without taking it."""
        return self.rest[-1] if self.rest else None

    def take(self) -> str:
        """Take the next token, which must be there."""
        if not self.rest:
            raise FieldsUnknown(self.text)
        return str(self.rest.pop())

    def skip(self, *wanted: str) -> bool:
        """Take the next token if it is one of these."""
        if self.peek() not in wanted:
            return False
        self.take()
        return True


def _list(tokens: _Tokens, depth: int) -> Mask:
    if depth > MAX_DEPTH:
        raise FieldsUnknown(tokens.text)
    mask: Mask = {}
    _path(tokens, mask, depth)
    while tokens.skip(","):
        _path(tokens, mask, depth)
    return {} if "*" in mask else mask


def _path(tokens: _Tokens, mask: Mask, depth: int) -> None:
    name = tokens.take()
    if name in ",()./":
        raise FieldsUnknown(tokens.text)
    is_new = name not in mask
    below = _below(tokens, depth)
    if is_new:
        mask[name] = below
    elif mask[name]:  # everything below stays everything
        mask[name] = _merged(mask[name], below)


def _below(tokens: _Tokens, depth: int) -> Mask:
    if tokens.skip(".", "/"):
        mask: Mask = {}
        _path(tokens, mask, depth + 1)
        return {} if "*" in mask else mask
    if tokens.skip("("):
        inside = _list(tokens, depth + 1)
        if not tokens.skip(")"):
            raise FieldsUnknown(tokens.text)
        return inside
    return {}


def _merged(one: Mask, other: Mask) -> Mask:
    if not one or not other:
        return {}
    names = {**one, **other}
    return {
        name: _merged(one[name], other[name]) if name in one and name in other else mask
        for name, mask in names.items()
    }


def wants(mask: Mask, name: str) -> bool:
    """Whether the mask lets `name` through."""
    return not mask or name in mask


def project(value: object, mask: Mask) -> object:
    """Return the parts of `value` that the mask names; lists are looked through."""
    if not mask:
        return value
    if isinstance(value, list):
        return [project(each, mask) for each in value]
    if isinstance(value, dict):
        return {name: project(each, mask[name]) for name, each in value.items() if name in mask}
    return value


def check(mask: Mask, known: Mask, path: str = "") -> None:
    """Refuse a mask that names what `known` does not have; where `known` is empty anything goes."""
    for name, below in mask.items() if known else ():
        if name not in known:
            raise FieldsUnknown(path + name)
        check(below, known[name], f"{path}{name}.")


def updated(old: JsonObject, new: JsonObject, mask: Mask) -> JsonObject:
    """Return `old` with the parts that the mask names taken from `new`; what `new` lacks is gone."""
    if not mask:
        return new
    found = dict(old)
    for name, below in mask.items():
        found.pop(name, None)
        value = _part(old.get(name), new.get(name), below)
        if value not in (None, {}):
            found[name] = value
    return found


def _part(old: object, new: object, mask: Mask) -> object:
    if not mask:
        return new
    return updated(old if isinstance(old, dict) else {}, new if isinstance(new, dict) else {}, mask)


def leaves(mask: Mask, path: str = "") -> Iterator[str]:
    """Yield the paths a mask names, in its order."""
    for name, below in mask.items():
        if below:
            yield from leaves(below, f"{path}{name}.")
        else:
            yield path + name
