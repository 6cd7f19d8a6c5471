"""OFX markup as a tree: SGML of version 1, whose values need no end tag, and XML of version 2 alike."""

from __future__ import annotations

import html
import re
from xml.etree.ElementTree import Element

from workbench.connectors.bank.elements import count_elements
from workbench.connectors.bank.errors import SHORTER, Refused
from workbench.connectors.bank.fields import shown
from workbench.connectors.bank.limits import MAX_DEPTH, MAX_ELEMENTS, MAX_TEXT_CHARS

_ROOT = re.compile(r"<OFX>", re.IGNORECASE)
# What is never ended runs to the end of the file, and so leaves OFX itself open.
_TOKEN = re.compile(
    r"""<!--.*?(?:-->|\Z)
      | <!\[CDATA\[(?P<cdata>.*?)(?:\]\]>|\Z)
      | <\?.*?(?:\?>|\Z)
      | <(?P<end>/?)(?P<tag>[A-Za-z][\w.]{0,31}+)[ \t\r\n]*+(?P<empty>/?)>""",
    re.DOTALL | re.VERBOSE | re.ASCII,
)
_NO_TAG = re.compile(r"<[A-Za-z/!?]")
_ENTITY = re.compile(r"&(?:amp|lt|gt|nbsp|quot|apos|#\d{1,7}|#x[0-9A-Fa-f]{1,6});")
# Without their end tag these would swallow or merge transactions; of the others only empty values go unclosed.
_MUST_END = frozenset(
    (
        "OFX", "STMTTRNRS", "STMTRS", "CCSTMTTRNRS", "CCSTMTRS", "INVSTMTTRNRS", "INVSTMTRS",
        "BANKACCTFROM", "CCACCTFROM", "INVACCTFROM", "BANKTRANLIST", "BANKTRANLISTP", "STMTTRN", "STMTTRNP",
        "INVTRANLIST", "INVBANKTRAN", "LEDGERBAL", "AVAILBAL", "STATUS", "PAYEE",
        "BANKACCTTO", "CCACCTTO", "CURRENCY", "ORIGCURRENCY", "INVPOSLIST",
        "LOANSTMTTRNRS", "LOANSTMTRS", "LOANACCTFROM", "LOANTRANLIST", "LOANSTMTTRN",
    )
)  # fmt: skip


def tree(text: str) -> Element:
    """The OFX element with all below it; tags in capitals, values as plain text. Refused when broken."""
    root = _ROOT.search(text)
    if root is None:
        raise Refused("it has an OFX header, but no <OFX> after it")
    if text.rstrip()[-6:].upper() != "</OFX>":
        raise Refused("it does not end with </OFX>: it was cut off, or something was added")
    if count_elements(text) > MAX_ELEMENTS:
        raise Refused(f"it has more than {MAX_ELEMENTS:,} elements", todo=SHORTER)
    grower = _Tree()
    seen = root.start()
    for token in _TOKEN.finditer(text, seen):
        try:
            grower.say(_plain(text[seen : token.start()]))
            grower.take(token)
        except ValueError as error:
            line = text.count("\n", 0, token.start()) + 1
            raise Refused(str(error), where=f"line {line}") from error
        seen = token.end()
    return grower.finished()


def _plain(text: str) -> str:
    if not text or text.isspace():
        return ""
    if len(text) > MAX_TEXT_CHARS:
        raise ValueError(f"a text of more than {MAX_TEXT_CHARS} characters")
    if stray := _NO_TAG.search(text):
        raise ValueError(f"{shown(text[stray.start() :])} is no tag")
    return _ENTITY.sub(lambda entity: html.unescape(entity[0]), text)


class _Tree:
    """Grows the tree token by token. The last open element is a value as soon as it holds text."""

    def __init__(self) -> None:
        self._top = Element("")
        self._open = [self._top]

    def say(self, text: str) -> None:
        """Text belongs to the tag just opened."""
        if not text:
            return
        value = self._open[-1]
        if len(value) or value is self._top:
            raise ValueError(f"{shown(text.strip())} stands outside of any tag")
        value.text = (value.text or "") + text
        if len(value.text) > MAX_TEXT_CHARS:
            raise ValueError(f"{value.tag} has more than {MAX_TEXT_CHARS} characters")

    def take(self, token: re.Match[str]) -> None:
        """A tag opens or ends; CDATA is text as it stands; comments and declarations say nothing."""
        if token["cdata"]:
            self.say(token["cdata"])
        if tag := (token["tag"] or "").upper():
            if not token["end"]:
                self._begin(tag)
            if token["end"] or token["empty"]:
                self._end(tag)

    def finished(self) -> Element:
        """The one element at the top."""
        if len(self._open) > 1 or len(self._top) > 1:
            raise Refused(
                f"</OFX> comes where {self._open[-1].tag or 'nothing'} is open: part of it is missing"
            )
        return self._top[0]

    def _begin(self, tag: str) -> None:
        self._close_value()
        if len(self._open) > MAX_DEPTH:
            raise ValueError(f"more than {MAX_DEPTH} tags stand inside each other")
        element = Element(tag)
        self._open[-1].append(element)
        self._open.append(element)

    def _end(self, tag: str) -> None:
        if self._open[-1].tag != tag:
            self._close_value()
        while (element := self._open.pop()).tag != tag:
            if element is self._top or element.tag in _MUST_END:
                raise ValueError(f"</{tag}> comes where {element.tag or 'nothing'} is open")
            self._empty(element)

    def _close_value(self) -> None:
        if self._open[-1].text:
            self._open.pop()

    def _empty(self, value: Element) -> None:
        """An empty value without end tag: what seemed to stand inside it comes after it."""
        self._open[-1].extend(list(value))
        value[:] = []
