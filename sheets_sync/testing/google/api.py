"""Which call means what: paths, parameters and bodies in, statuses and JSON out."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import parse_qs, parse_qsl, unquote, urlsplit

import msgspec

from sheets_sync.testing.google import fields, values, view
from sheets_sync.testing.google.batch import batch_update
from sheets_sync.testing.google.calls import Call, Kind, Meter
from sheets_sync.testing.google.drive import Drive
from sheets_sync.testing.google.edit_tabs import add_sheet
from sheets_sync.testing.google.errors import (
    ApiError,
    InvalidArgument,
    JsonObject,
    NoCredentials,
    NoDriveCredentials,
    NothingThere,
)
from sheets_sync.testing.google.fields import Mask
from sheets_sync.testing.google.spreadsheet import Spreadsheet
from sheets_sync.testing.google.tokens import Tokens

JSON = "application/json; charset=UTF-8"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What goes back."""

    status: int = 200
    body: bytes = b""
    content_type: str = JSON
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One call, taken apart; `parts` are the named pieces of its path."""

    user: str
    parts: Mapping[str, str]
    query: Mapping[str, Sequence[str]]
    raw: bytes

    @property
    def first(self) -> Mapping[str, str]:
        """Each parameter's first value."""
        return {name: found[0] for name, found in self.query.items()}

    @property
    def mask(self) -> Mask:
        """What the parameter `fields` names."""
        text = self.first.get("fields")
        return fields.parse(text) if text else {}

    @property
    def body(self) -> JsonObject:
        """The body as JSON; no body is an empty one."""
        try:
            found = msgspec.json.decode(self.raw) if self.raw.strip() else {}
        except msgspec.DecodeError as problem:
            raise InvalidArgument(f"Invalid JSON payload received. {problem}") from None
        if not isinstance(found, dict):
            raise InvalidArgument("Invalid JSON payload received. Expected an object.")
        return found

    @property
    def message(self) -> JsonObject:
        """The body, without what is null: in a message that means not given."""
        body = self.body
        return _without_nulls(body) if b"null" in self.raw else body


def _without_nulls(value: JsonObject) -> JsonObject:
    return {name: _given(each) for name, each in value.items() if each is not None}


def _given(value: object) -> object:
    if isinstance(value, dict):
        return _without_nulls(value)
    return [_given(each) for each in value] if isinstance(value, list) else value


Act = Callable[[Asked], object]


class Api:
    """The three services behind one address: Sheets, Drive and tokens."""

    def __init__(self, drive: Drive, tokens: Tokens, meter: Meter | None) -> None:
        self.drive = drive
        self.tokens = tokens
        self.meter = meter
        book = r"/v4/spreadsheets/(?P<id>[^/:]+)"
        file = r"/drive/v3/files/(?P<id>[^/:]+)"
        area = rf"{book}/values/(?P<range>[^/]+?)"
        self._routes: Sequence[tuple[str, re.Pattern[str], Act]] = [
            (method, re.compile(path), act)
            for method, path, act in (
                ("GET", book, self._read),
                ("POST", r"/v4/spreadsheets", self._create),
                ("POST", rf"{book}:batchUpdate", self._batch_update),
                ("GET", rf"{book}/values:batchGet", self._values_batch_get),
                ("POST", rf"{book}/values:batchUpdate", self._values_batch_update),
                ("POST", rf"{book}/values:batchClear", self._values_batch_clear),
                ("POST", rf"{area}:append", self._values_append),
                ("POST", rf"{area}:clear", self._values_clear),
                ("PUT", area, self._values_update),
                ("GET", area, self._values_get),
                ("GET", r"/drive/v3/files", lambda a: drive.list(a.user, a.first, a.mask)),
                ("POST", r"/drive/v3/files", lambda a: drive.create(a.user, a.body, a.mask)),
                ("GET", file, lambda a: drive.get(a.parts["id"], a.user, a.mask)),
                ("PATCH", file, lambda a: drive.update(a.parts["id"], a.user, a.body, a.mask)),
                ("DELETE", file, lambda a: drive.delete(a.parts["id"], a.user)),
                ("POST", rf"{file}/copy", lambda a: drive.duplicate(a.parts["id"], a.user, a.body, a.mask)),
                ("GET", rf"{file}/permissions", lambda a: drive.permissions(a.parts["id"], a.user, a.mask)),
                (
                    "POST",
                    rf"{file}/permissions",
                    lambda a: drive.share(a.parts["id"], a.user, a.body, a.mask),
                ),
                (
                    "DELETE",
                    rf"{file}/permissions/(?P<permission>[^/]+)",
                    lambda a: drive.unshare(a.parts["id"], a.user, a.parts["permission"]),
                ),
            )
        ]

    def answer(self, call: Call, target: str, raw: bytes, authorization: str) -> Answer:
        """Answer one call; whatever is refused is refused as the real one does."""
        url = urlsplit(target)
        query = parse_qs(url.query, keep_blank_values=True)
        try:
            found = self._found(call, url.path, query, raw, authorization)
        except ApiError as refusal:
            return Answer(status=refusal.code, body=_encoded(refusal.body, query), headers=refusal.headers)
        if found is None:
            return Answer(status=204, content_type="text/html")
        return Answer(body=_encoded(found, query))

    def _found(
        self, call: Call, path: str, query: Mapping[str, Sequence[str]], raw: bytes, authorization: str
    ) -> object:
        if call.kind == "token":
            return self.tokens.grant(dict(parse_qsl(raw.decode("utf-8", "replace"))))
        call.user = self._user(call, authorization)
        if self.meter:
            self.meter.count(call)
        for method, pattern, act in self._routes:
            match = pattern.fullmatch(path) if method == call.method else None
            if match:
                parts = {name: unquote(part) for name, part in match.groupdict().items()}
                return act(Asked(user=call.user, parts=parts, query=query, raw=raw))
        raise NothingThere(f"{call.method} {path}")

    def _user(self, call: Call, authorization: str) -> str:
        try:
            return self.tokens.who(authorization)
        except NoCredentials:
            if call.kind == "drive":
                raise NoDriveCredentials from None
            raise

    def _book(self, asked: Asked, *, to_write: bool = False) -> Spreadsheet:
        return self.drive.spreadsheet(asked.parts["id"], asked.user, to_write=to_write)

    def _changing(self, asked: Asked, change: Callable[[Spreadsheet], JsonObject]) -> JsonObject:
        """Change a spreadsheet; whatever is refused in the middle leaves it as it was."""
        book = self._book(asked, to_write=True)
        before = book.copy()
        try:
            answer = change(book)
        except ApiError:
            book.restore(before)
            raise
        self.drive.touch(book)
        return answer

    def _read(self, asked: Asked) -> object:
        book = self._book(asked)
        fields.check(asked.mask, view.KNOWN)
        with_cells = asked.first.get("includeGridData", "").casefold() == "true"
        return view.spreadsheet(book, asked.mask, asked.query.get("ranges", ()), with_cells=with_cells)

    def _create(self, asked: Asked) -> object:
        given = asked.message
        wanted = given.get("properties", {})
        book = self.drive.new(wanted.get("title") or "Untitled spreadsheet", asked.user)
        book.properties = {**book.properties, **wanted, "title": book.title}
        if given.get("sheets"):
            book.sheets = []
            for sheet in given["sheets"]:
                add_sheet(book, {"properties": sheet.get("properties", {})})  # its id need not be 0
        return view.spreadsheet(book, asked.mask, with_cells=False)

    def _batch_update(self, asked: Asked) -> object:
        return self._changing(asked, lambda book: batch_update(book, asked.message, asked.mask))

    def _values_get(self, asked: Asked) -> object:
        return _masked(asked, values.get(self._book(asked), asked.parts["range"], _rendering(asked)))

    def _values_batch_get(self, asked: Asked) -> object:
        ranges = asked.query.get("ranges", ())
        return _masked(asked, values.batch_get(self._book(asked), ranges, _rendering(asked)))

    def _values_update(self, asked: Asked) -> object:
        text = asked.parts["range"]
        return self._changing(asked, lambda book: values.update(book, text, asked.body, dict(asked.first)))

    def _values_append(self, asked: Asked) -> object:
        text = asked.parts["range"]
        return self._changing(asked, lambda book: values.append(book, text, asked.body, dict(asked.first)))

    def _values_clear(self, asked: Asked) -> object:
        return self._changing(asked, lambda book: values.clear(book, asked.parts["range"]))

    def _values_batch_update(self, asked: Asked) -> object:
        return self._changing(asked, lambda book: values.batch_update(book, asked.body))

    def _values_batch_clear(self, asked: Asked) -> object:
        return self._changing(asked, lambda book: values.batch_clear(book, asked.body))


def _rendering(asked: Asked) -> values.Rendering:
    return values.Rendering.of(dict(asked.first))


def _masked(asked: Asked, answer: JsonObject) -> object:
    return fields.project(answer, asked.mask)


def _encoded(found: object, query: Mapping[str, Sequence[str]]) -> bytes:
    """Encode as the real one does, with line breaks unless asked not to."""
    body = msgspec.json.encode(found)
    is_plain = query.get("prettyPrint", ["true"])[0].casefold() == "false"
    return body if is_plain else msgspec.json.format(body, indent=2) + b"\n"


def kind_of(method: str, target: str) -> Kind:
    """Say which quota a call counts for."""
    if target.startswith("/token"):
        return "token"
    if target.startswith("/drive"):
        return "drive"
    return "read" if method == "GET" else "write"
