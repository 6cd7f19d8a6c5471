"""A page as a file: front matter, then the words; it carries its effect's key and the hash of what we wrote."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass

from pydantic import JsonValue

from opc_kernel.effects.intent import Intent

SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*", re.ASCII)
FIELD = re.compile(r"[a-z][a-z0-9_]{0,39}", re.ASCII)
MAX_SLUG, MAX_FIELDS, MAX_BYTES = 80, 40, 2_000_000
RESERVED = frozenset(
    ["con", "prn", "aux", "nul", *(f"{port}{number}" for port in ("com", "lpt") for number in range(10))]
)
"""Names that no file can have on Windows, where a site may be edited."""
KEY, HASH = "workbench_key", "workbench_hash"
HEAD = re.compile(rf'---\n{KEY}: "([0-9a-f]{{26}})"\n{HASH}: "([0-9a-f]{{64}})"\n', re.ASCII)


class PageRefused(Exception):
    """A page that can't be published as it was given; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A file as it lies in the folder: whose it is, and whether somebody changed it since."""

    key: str
    untouched: bool


def file_name(slug: str) -> str:
    """Return the name of a page's file. Raises PageRefused for anything but small letters, digits and hyphens."""
    if not SLUG.fullmatch(slug) or len(slug) > MAX_SLUG:
        raise PageRefused(
            f"{slug[:MAX_SLUG]!r} is no name of a page: small letters, digits and single hyphens, at most {MAX_SLUG}"
        )
    if slug in RESERVED:
        raise PageRefused(f"{slug!r} can't be the name of a file on every machine")
    return f"{slug}.md"


def page(key: str, intent: Intent) -> bytes:
    """Return the file of a page. Raises PageRefused."""
    if len(intent.fields) > MAX_FIELDS:
        raise PageRefused(f"a page has at most {MAX_FIELDS} fields")
    body = "".join(_line(name, value) for name, value in intent.fields.items()) + "---\n\n" + intent.content
    rest = (body if body.endswith("\n") else body + "\n").encode()
    if len(rest) > MAX_BYTES:
        raise PageRefused(f"it has {len(rest):,} bytes, more than {MAX_BYTES:,}")
    return f'---\n{KEY}: "{key}"\n{HASH}: "{_hash(rest)}"\n'.encode() + rest


def recognised(content: bytes) -> Page | None:
    """Return whose page a file is; None for a file that is not ours."""
    head = HEAD.match(content[:200].decode("ascii", "replace"))
    if head is None:
        return None
    return Page(key=head[1], untouched=_hash(content[head.end() :]) == head[2])


def _line(name: str, value: JsonValue) -> str:
    """Return one field; JSON is YAML too, and in ASCII none of it can end the line or the front matter."""
    if not FIELD.fullmatch(name) or name in (KEY, HASH):
        raise PageRefused(f"{name[:40]!r} can't be a field of a page")
    return f"{name}: {json.dumps(value)}\n"


def _hash(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
