"""The text of a receipt as it arrived: a PDF, an e-mail, a page or a plain text; of an image its file name alone."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from datetime import date
from pathlib import PurePath

from workbench.capabilities.books.receipts import child

MAX_BYTES = 15 * 2**20
MAX_SECONDS = 10

_IMAGES = (b"\xff\xd8\xff", b"\x89PNG", b"GIF8", b"II*\0", b"MM\0*", b"BM")
_IMAGE_NAMES = frozenset({".jpg", ".jpeg", ".png", ".gif", ".tif", ".tiff", ".bmp", ".webp", ".heic"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrived:
    """The text of a receipt, and of an e-mail who sent it and when."""

    kind: str
    text: str
    sender: str
    sent_on: date | None


class Unreadable(Exception):
    """A receipt without a text; says why and what can be done."""

    def __init__(self, name: str, why: str, what_to_do: str) -> None:
        super().__init__(f"{name} was not read: {why}; {what_to_do}")
        self.name = name
        self.why = why
        self.what_to_do = what_to_do


class NoText(Unreadable):
    """A receipt that is a picture, whatever it is packed in."""

    def __init__(self, name: str) -> None:
        super().__init__(name, "it holds no text (a scan?)", "name the file after day, vendor and amount")


def is_image(name: str, content: bytes) -> bool:
    """Whether it is a picture: nothing of it but its file's name is read."""
    return content.startswith(_IMAGES) or PurePath(name).suffix.lower() in _IMAGE_NAMES


def text_of(name: str, content: bytes, *, seconds: int = MAX_SECONDS) -> Arrived:
    """Return the text of a receipt other than an image, told by its content. Raises Unreadable."""
    if len(content) > MAX_BYTES:
        raise Unreadable(
            name, f"it has more than {MAX_BYTES // 2**20} MB", "send the page with the total alone"
        )
    found = {key: _in_utf_8(text) for key, text in json.loads(_in_a_child(name, content, seconds)).items()}
    if not found["text"].strip():
        raise NoText(name)
    sent_on = date.fromisoformat(found["sent_on"]) if found["sent_on"] else None
    return Arrived(kind=found["kind"], text=found["text"], sender=found["sender"], sent_on=sent_on)


def _in_utf_8(text: str) -> str:
    """Half a character, as a damaged PDF may hold it, is no text."""
    return text.encode("utf-8", "replace").decode()


def _in_a_child(name: str, content: bytes, seconds: int) -> bytes:
    """Computing is limited within the child, waiting here: neither an endless nor a sleeping reader stays."""
    try:
        done = subprocess.run(  # noqa: S603 - our own script, and nothing of the receipt in its arguments
            [sys.executable, "-I", child.__file__, str(seconds)],
            input=content,
            capture_output=True,
            timeout=2 * seconds + 5,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise Unreadable(name, "reading it took too long", "print it to a new PDF") from error
    if done.returncode == child.LOCKED:
        raise Unreadable(name, "it has a password", "save it without one")
    if done.returncode:
        raise Unreadable(name, "it is damaged or never ends", "print it to a new PDF")
    return done.stdout
