"""Changes to a bank file that a network, a disk, a careless hand or an attacker makes; the same for the same seed."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable, Sequence
from random import Random

HOSTILE = (
    b"\0", b"\xff\xfe", b"\xef\xbb\xbf", b"\xe2\x80\xae", b"\xe2\x80\x8b", b"\xc3\x28", b"\r", b"\n\n", b"\x1a",
    b"=1+1", b"@SUM(A1)", b"-2+3+cmd|' /C calc'!A0", b"+1", b"<", b">", b"&", b"&#0;", b"&#x1F600;", b"&a;", b"]]>",
    b"<!--", b"-->", b"<![CDATA[", b"<?xml?>", b"<!DOCTYPE a>", b"<OFX>", b"</OFX>", b"<STMTTRN>", b"</STMTTRN>",
    b"<Ntry>", b"</Stmt>", b":61:", b"\n:86:", b"\n-\n", b"-}", b"{1:F01}", b"^\n", b"!Type:Bank\n", b'"', b'""', b";",
    b",", b"\t", b"'", b"NaN", b"Infinity", b"1e9", b"-0", b"9" * 40, b"0,0001", b"1.234,56", b"1,234.56", b"--5",
    b"(5.00)", b"00000000", b"99999999", b"20240230", b"0000-00-00", b"2024-02-30", b"A" * 300, b"A" * 20_000,
    b"\xd9\xa1\xd9\xa2", b"\xc2\xa0", b"%s%n", b"../../etc/passwd", b"'; DROP TABLE bank_transaction; --",
)  # fmt: skip

Change = Callable[[bytes, Random], bytes]


def mutated(content: bytes, others: Sequence[bytes], chance: Random) -> bytes:
    """One to three changes; of a zip or workbook mostly inside of one of its parts."""
    if content.startswith(b"PK") and chance.random() < 0.8:
        return _repacked(content, chance)
    for _ in range(chance.choice((1, 1, 1, 2, 3))):
        if chance.random() < 0.05:
            content = _spliced(content, chance.choice(others), chance)
        else:
            content = chance.choice(CHANGES)(content, chance)
    return content


def cut(content: bytes, chance: Random) -> bytes:
    """The file up to somewhere."""
    return content[: chance.randrange(len(content) + 1)]


def _without_a_piece(content: bytes, chance: Random) -> bytes:
    start = chance.randrange(len(content) + 1)
    return content[:start] + content[start + chance.choice((1, 2, 5, 20, 200)) :]


def _with_a_piece_twice(content: bytes, chance: Random) -> bytes:
    start = chance.randrange(len(content) + 1)
    end = start + chance.choice((1, 5, 20, 200))
    return content[:end] + content[start:end] + content[end:]


def _with_something_hostile(content: bytes, chance: Random) -> bytes:
    place = chance.randrange(len(content) + 1)
    return content[:place] + chance.choice(HOSTILE) + content[place:]


def _with_another_byte(content: bytes, chance: Random) -> bytes:
    if not content:
        return content
    place = chance.randrange(len(content))
    return content[:place] + bytes((chance.randrange(256),)) + content[place + 1 :]


def _with_another_value(content: bytes, chance: Random) -> bytes:
    """Something hostile in place of a number, a word or what stands between tags."""
    values = list(re.finditer(rb"[\d.,-]+|\w+|(?<=>)[^<>]+", content))
    if not values:
        return content
    value = chance.choice(values)
    return content[: value.start()] + chance.choice(HOSTILE) + content[value.end() :]


def _with_another_digit(content: bytes, chance: Random) -> bytes:
    digits = list(re.finditer(rb"\d", content))
    if not digits:
        return content
    place = chance.choice(digits).start()
    return content[:place] + b"%d" % chance.randrange(10) + content[place + 1 :]


def _lines_changed(content: bytes, chance: Random) -> bytes:
    """A line, or a tag with what follows it, gone, twice or elsewhere."""
    lines = re.findall(rb"<[^<]*|[^<\n]*\n|[^<\n]+", content)
    if len(lines) < 2:
        return content
    one, other = chance.randrange(len(lines)), chance.randrange(len(lines))
    match chance.randrange(4):
        case 0:
            del lines[one]
        case 1:
            lines.insert(other, lines[one])
        case 2:
            lines[one], lines[other] = lines[other], lines[one]
        case _:
            del lines[min(one, other) : max(one, other)]
    return b"".join(lines)


def _with_other_line_ends(content: bytes, chance: Random) -> bytes:
    return content.replace(b"\n", chance.choice((b"\r\n", b"\r", b"", b" \n")))


def _in_another_encoding(content: bytes, chance: Random) -> bytes:
    return content.decode("latin-1").encode(
        chance.choice(("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32"))
    )


CHANGES: tuple[Change, ...] = (
    cut, _without_a_piece, _with_a_piece_twice, _with_something_hostile, _with_another_byte, _with_another_value,
    _with_another_value, _with_another_digit, _lines_changed, _lines_changed, _with_other_line_ends,
    _in_another_encoding,
)  # fmt: skip


def _spliced(content: bytes, other: bytes, chance: Random) -> bytes:
    """The beginning of one file and the end of another."""
    return cut(content, chance) + other[chance.randrange(len(other) + 1) :]


def _repacked(content: bytes, chance: Random) -> bytes:
    """The same zip with one part changed."""
    into = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(into, "w", zipfile.ZIP_DEFLATED) as new:
        chosen = chance.choice(old.namelist())
        for name in old.namelist():
            part = old.read(name)
            new.writestr(name, chance.choice(CHANGES)(part, chance) if name == chosen else part)
    return into.getvalue()
