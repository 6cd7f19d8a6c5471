"""From bytes to text: a byte order mark, UTF-8, or the character set the file declares, and never a guess beyond."""

from __future__ import annotations

import codecs
import re

from workbench.connectors.bank.errors import Refused

HEAD_BYTES = 64 * 1024

_MARKS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
    b"<\0": "utf-16-le",  # XML and OFX without a mark begin with "<"
    b"\0<": "utf-16-be",
}
_NAMED = re.compile(r"""(?:CHARSET:|ENCODING:|encoding=["'])\s*([\w.-]{1,40})""")
_SAY_NOTHING = {"NONE", "USASCII", "UNICODE", "UTF-16"}  # OFX 1 writes these whatever the bytes are
_KNOWN = {
    "ascii", "utf-8", "koi8-r", "koi8-u", "big5", "euc_jp", "euc_kr", "gb2312", "gbk", "gb18030", "shift_jis",
    *(f"cp{page}" for page in (437, 850, 852, *range(1250, 1259))),
    *(f"iso8859-{part}" for part in range(1, 17) if part != 12),
}  # fmt: skip
_BINARY = re.compile(r"[\x00-\x08\x0e-\x1f]")


def head_of(content: bytes, *, fallback: str = "cp1252") -> str:
    """The beginning as text, to recognise the format by; what cannot be decoded shows as U+FFFD.

    `fallback` is the character set of what is not UTF-8 and declares nothing.
    """
    head = content[:HEAD_BYTES]
    if mark := _mark(head):
        return head.decode(mark, errors="replace")
    try:
        return codecs.getincrementaldecoder("utf-8")().decode(head)  # its end may lie inside a character
    except UnicodeDecodeError:
        return head.decode(fallback, errors="replace")


def decode(content: bytes, *, fallback: str = "cp1252") -> str:
    """The whole content as text. Refused when it is binary or not in its own encoding."""
    text = _decoded(content, _mark(content) or _declared(head_of(content)), fallback)
    if binary := _BINARY.search(text):
        line = text.count("\n", 0, binary.start()) + 1
        raise Refused(f"it holds the control character {binary[0]!r}", where=f"line {line}")
    return text


def _mark(content: bytes) -> str:
    return next((name for mark, name in _MARKS.items() if content.startswith(mark)), "")


def _decoded(content: bytes, codec: str, fallback: str) -> str:
    # UTF-8 first: many banks write it under a header that says 1252, and no other text passes for it.
    for attempt in (codec,) if codec.startswith("utf-") else ("utf-8", codec or fallback):
        try:
            return content.decode(attempt)
        except UnicodeDecodeError:
            continue
    raise Refused(f"its characters are not {codec or f'UTF-8 or {fallback}'}")


def _declared(head: str) -> str:
    """The character set that an XML declaration or an OFX header names; empty when there is none."""
    if not head.lstrip().startswith(("<?xml", "OFXHEADER")):
        return ""
    names = [name for name in _NAMED.findall(head[:1000]) if name.upper() not in _SAY_NOTHING]
    return _codec(names[-1]) if names else ""


def _codec(name: str) -> str:
    try:
        known = codecs.lookup(f"iso-{name}" if name.startswith("8859") else name).name
    except LookupError:
        known = ""
    if known not in _KNOWN:
        raise Refused(f"it declares the unknown character set {name!r}")
    return known
