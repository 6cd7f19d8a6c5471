"""The head of a note: `name: value` lines between two lines of `---`, or a TOML file; only text and lists of text."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from workbench.refusal import Refused

MAX_LINES = 100
_LINE = re.compile(r"([A-Za-z][\w -]{0,40}?)\s*:\s*(.*)")
_TEXT_MAX = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """Fields of a note by name, each a list of texts, and the text below them."""

    fields: Mapping[str, Sequence[str]] = field(default_factory=dict)
    text: str

    def one(self, name: str) -> str:
        """Return a field's value; nothing where there is none."""
        return next(iter(self.fields.get(name, ())), "")

    def day(self, name: str) -> date | None:
        """Return a field as a day. Raises Refused."""
        value = self.one(name)
        try:
            return date.fromisoformat(value) if value else None
        except ValueError:
            raise Refused(
                f"{value[:40]!r} is no day", where=name, todo="Write it as 2026-12-31, and try again."
            ) from None


def read_head(text: str) -> Head | None:
    """Return head and text of a note; None for one without a head. Raises Refused."""
    lines = text.splitlines()
    if not lines or lines[0].strip() != "---":
        return None
    end = next((place for place, line in enumerate(lines[1 : MAX_LINES + 2], 1) if line.strip() == "---"), 0)
    if not end:
        return None
    fields: dict[str, list[str]] = {}
    last = ""
    for line in lines[1:end]:
        if line.lstrip().startswith("- ") and last:
            fields[last].append(_plain(line.lstrip()[2:]))
        elif found := _LINE.fullmatch(line.strip()):
            last = found[1].strip().lower().replace(" ", "_")
            fields[last] = _values(found[2])
        elif line.strip() and not line.lstrip().startswith("#"):
            raise Refused(f"{line.strip()[:40]!r} is no field", where="head", todo="Write 'name: value'.")
    return Head(fields=fields, text="\n".join(lines[end + 1 :]).strip())


def read_toml(text: str) -> Head | None:
    """Return a TOML file's fields, `text` apart; None for what is no TOML."""
    try:
        found = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return None
    fields = {
        name.lower(): [str(each) for each in (value if isinstance(value, list) else [value])]
        for name, value in found.items()
        if not isinstance(value, dict)
    }
    words = fields.pop("text", [])
    return Head(fields=fields, text="\n".join(words).strip())


def _values(text: str) -> list[str]:
    plain = text.strip()
    if plain.startswith("[") and plain.endswith("]"):
        return [_plain(each) for each in plain[1:-1].split(",") if each.strip()]
    return [_plain(plain)] if plain else []


def _plain(text: str) -> str:
    plain = text.strip()
    quoted = len(plain) > 1 and plain[0] == plain[-1] and plain[0] in "\"'"
    return (plain[1:-1] if quoted else plain)[:_TEXT_MAX]
