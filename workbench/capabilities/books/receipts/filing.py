"""A file as a receipt: PDF, e-mail, page or text, of an image its name alone; whatever is none is refused or left."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from pathlib import PurePath

from opc_kernel.money import format_amount, parse_amount
from workbench.capabilities.books.invoices import Facts
from workbench.capabilities.books.receipts.child import PDF
from workbench.capabilities.books.receipts.events import ReceiptReceived
from workbench.capabilities.books.receipts.file_name import read_name
from workbench.capabilities.books.receipts.reading import Receipt, read, speaks_of_payment
from workbench.capabilities.books.receipts.text import Arrived, NoText, Unreadable, is_image, text_of
from workbench.refusal import Refused

KIND = "receipt"
HEAD_BYTES = 10_000
HEADING_LINES, HEADING_CHARS = 3, 200
TITLE_CHARS = 300
TABLE_ROWS = 3
"""So many lines parted alike are a table, whoever wrote it."""

_MAIL = re.compile(
    rb"\A(?=(?:[!-9;-~]+:[^\n]*\n|[ \t][^\n]*\n){0,80}?From:)(?:[!-9;-~]{1,60}:[^\n]*\n|[ \t][^\n]*\n){2}",
    re.IGNORECASE,
)
_PAGE = re.compile(
    rb"\A(?:\xef\xbb\xbf)?\s*(?:<!--.{0,500}?-->\s*)?<(?:!doctype html|html)\b", re.IGNORECASE | re.DOTALL
)
_CENTS = re.compile(rb"\d,\d\d(?!\d)")
_NO_TEXT = re.compile(rb"\x00|\A(?:\xef\xbb\xbf)?\s*[<{\[]|\APK")
_TITLE = re.compile(
    r"\b(?:receipt|invoice|credit note|order confirmation|refund|ticket|rechnung|quittung|beleg|bestellung|kassenbon"
    r"|gutschrift|storno|fahrkarte|buchungsbestätigung)",
    re.IGNORECASE,
)


def read_filed(name: str, content: bytes, digest: str, own_names: Sequence[str]) -> tuple[str, Facts] | None:
    """Return the one fact of a receipt; None for content that is of no kind that receipts come in.

    Raises Refused for a PDF, e-mail, page or image that is no receipt or can't be read.
    """
    kind = _kind_of(name, content)
    if kind is None:
        return None
    try:
        receipt, heading = _read(kind, name, content, own_names)
    except Unreadable as error:
        raise Refused(error.why, todo=f"{error.what_to_do.capitalize()}.") from error
    if receipt is None and kind == "text":
        return None  # it may be anything, and is refused in the words for that
    if receipt is None:
        raise _none(kind)
    return KIND, [(f"receipt/{digest}", _received(kind, name, receipt, heading))]


def may_be_statement(name: str, content: bytes) -> bool:
    """Whether readers of statements and lists should look at it first: never at a PDF or an image."""
    return not (PDF in content[:1024] or is_image(name, content))


def is_plain_text(name: str, content: bytes) -> bool:
    """Whether it is text in sentences: no page, table, picture or program's file."""
    return _kind_of(name, content) == "text"


def _kind_of(name: str, content: bytes) -> str | None:
    if PDF in content[:1024]:
        return "pdf"
    if is_image(name, content):
        return "image"
    if _MAIL.match(content[:HEAD_BYTES]):
        return "email"
    if _PAGE.match(content[:HEAD_BYTES]):
        return "html"
    return None if not content.strip() or _NO_TEXT.search(content) or _is_table(content) else "text"


def _is_table(content: bytes) -> bool:
    """Whether several lines have as many cells as the line before: an export that no reader here knows."""
    lines = [_CENTS.sub(b"", line) for line in content[:HEAD_BYTES].splitlines() if line.strip()]
    return any(_are_cells([line.count(sign) for line in lines]) for sign in (b";", b"\t", b"|", b","))


def _are_cells(counts: Sequence[int]) -> bool:
    return sum(one == after and one > 1 for one, after in pairwise(counts)) >= TABLE_ROWS - 1


def _read(kind: str, name: str, content: bytes, own_names: Sequence[str]) -> tuple[Receipt | None, str]:
    """Read it by its text; a scan, like an image, by its file's name."""
    stem = PurePath(name).stem
    if kind == "image":
        return _by_name(stem), ""
    try:
        arrived = text_of(name, content)
    except NoText:
        if (named := _by_name(stem)) is None:
            raise
        return named, ""
    receipt = read(arrived.text, sender=arrived.sender, sent_on=arrived.sent_on, own_names=own_names)
    return (receipt if _is_receipt(receipt, arrived, stem) else None), _heading(arrived.text)


def _by_name(stem: str) -> Receipt | None:
    """A name says that it is a receipt by an amount, or by the word."""
    receipt = read_name(stem)
    return receipt if receipt.amount is not None or _TITLE.search(stem) else None


def _is_receipt(receipt: Receipt, arrived: Arrived, stem: str) -> bool:
    """Whether it states what was paid, or is plainly a receipt that does not."""
    if receipt.amount is not None:
        return True
    titled = _TITLE.search(f"{stem} {arrived.text[:TITLE_CHARS]}")
    return titled is not None and speaks_of_payment(arrived.text)


def _none(kind: str) -> Refused:
    if kind == "image":
        return Refused(
            "a picture is known by its file's name alone, and this one names no amount",
            todo="Name it after day, vendor and amount, such as '2026-09-18 Bahn 45,90.jpg', and try again.",
        )
    return Refused(
        "it is no receipt: it says neither what was paid or asked, nor that it is a receipt or invoice",
        todo="If it is one, keep a picture of it, named after day, vendor and amount.",
    )


def _heading(text: str) -> str:
    lines = (" ".join(line.split()) for line in text.splitlines())
    return "\n".join([line for line in lines if line][:HEADING_LINES])[:HEADING_CHARS]


def _received(kind: str, name: str, receipt: Receipt, heading: str) -> ReceiptReceived:
    amount = None if receipt.amount is None else format_amount(parse_amount(receipt.amount))
    return ReceiptReceived(
        name=name,
        kind=kind,
        amount=amount,
        currency=receipt.currency,
        receipt_on=receipt.day,
        vendor=receipt.vendor or None,
        number=receipt.number or None,
        is_paid=receipt.is_paid,
        heading=heading,
    )
