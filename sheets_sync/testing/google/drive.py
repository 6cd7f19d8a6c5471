"""Drive: spreadsheets as files, who may open them, and the list of those one may see."""

from __future__ import annotations

import random
import re
import secrets
from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from sheets_sync.testing.google import fields
from sheets_sync.testing.google.errors import (
    DriveRefusal,
    FileNotFound,
    FileNotYours,
    JsonObject,
    NoPermission,
    NotFound,
)
from sheets_sync.testing.google.fields import Mask
from sheets_sync.testing.google.grid import Sheet
from sheets_sync.testing.google.look import new_properties
from sheets_sync.testing.google.spreadsheet import WRITERS, Spreadsheet

MIME_TYPE = "application/vnd.google-apps.spreadsheet"
MAX_PAGE = 1000
_DEFAULT = fields.parse("kind,id,name,mimeType")
_TERM = re.compile(
    r"(?P<name>\w+)\s*(?P<operator>=|!=|contains)\s*(?P<value>'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"|true|false)"
)
_PERMISSION = fields.parse("kind,id,type,role")


class Drive:
    """The files there are."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self.clock = clock
        self.files: dict[str, Spreadsheet] = {}

    def new(self, title: str, owner: str, file_id: str = "") -> Spreadsheet:
        """Make an empty spreadsheet with one tab that belongs to `owner`."""
        now = self.clock()
        book = Spreadsheet(
            id=file_id or secrets.token_urlsafe(33),
            properties=new_properties(title),
            sheets=[Sheet.blank(0, "Sheet1")],
            permissions=[permission("user", "owner", emailAddress=owner)],
            created=now,
            modified=now,
        )
        self.files[book.id] = book
        return book

    def touch(self, book: Spreadsheet) -> None:
        """Note that a file was changed."""
        book.modified = self.clock()
        book.version += 1

    def spreadsheet(self, file_id: str, user: str, *, to_write: bool) -> Spreadsheet:
        """Open a file as the Sheets API does."""
        book = self.files.get(file_id)
        if book is None:
            raise NotFound
        role = book.role(user)
        if role is None or (to_write and role not in WRITERS):
            raise NoPermission
        return book

    def _file(self, file_id: str, user: str, roles: tuple[str, ...] = ()) -> Spreadsheet:
        book = self.files.get(file_id)
        role = book.role(user) if book else None
        if book is None or role is None:
            raise FileNotFound(file_id)
        if roles and role not in roles:
            raise FileNotYours
        return book

    def create(self, user: str, body: JsonObject, mask: Mask) -> JsonObject:
        """Answer a file's creation."""
        if body.get("mimeType", MIME_TYPE) != MIME_TYPE:
            raise DriveRefusal(400, "badRequest", "The stand-in keeps spreadsheets only.")
        return _shown(self.new(body.get("name") or "Untitled", user), user, mask)

    def duplicate(self, file_id: str, user: str, body: JsonObject, mask: Mask) -> JsonObject:
        """Copy a file; the copy belongs to who asked."""
        book = self._file(file_id, user)
        copy = self.new(body.get("name") or f"Copy of {book.title}", user)
        title = copy.title
        copy.restore(book)
        copy.properties = {**copy.properties, "title": title}
        return _shown(copy, user, mask)

    def get(self, file_id: str, user: str, mask: Mask) -> JsonObject:
        """Return what Drive says of a file."""
        return _shown(self._file(file_id, user), user, mask)

    def update(self, file_id: str, user: str, body: JsonObject, mask: Mask) -> JsonObject:
        """Rename a file or put it in the bin."""
        book = self._file(file_id, user, WRITERS)
        if body.get("name"):
            book.properties = {**book.properties, "title": body["name"]}
        book.is_trashed = bool(body.get("trashed", book.is_trashed))
        self.touch(book)
        return _shown(book, user, mask)

    def delete(self, file_id: str, user: str) -> None:
        """Delete a file for good."""
        self._file(file_id, user, ("owner",))
        del self.files[file_id]

    def list(self, user: str, asked: Mapping[str, str], mask: Mask) -> JsonObject:
        """Return the files a user may see, last changed first."""
        tests = _query(asked.get("q", ""))
        seen = [book for book in self.files.values() if book.role(user) and all(test(book) for test in tests)]
        seen.sort(key=lambda book: book.modified, reverse=True)
        first, size = int(asked.get("pageToken") or 0), min(int(asked.get("pageSize") or 100), MAX_PAGE)
        page = [_shown(book, user, mask.get("files", {})) for book in seen[first : first + size]]
        answer: JsonObject = {"kind": "drive#fileList", "incompleteSearch": False, "files": page}
        if first + size < len(seen):
            answer["nextPageToken"] = str(first + size)
        return {name: value for name, value in answer.items() if fields.wants(mask, name)}

    def permissions(self, file_id: str, user: str, mask: Mask) -> JsonObject:
        """Return with whom a file is shared."""
        book = self._file(file_id, user, WRITERS)
        of_one = mask.get("permissions") or _PERMISSION
        found = fields.project(book.permissions, of_one)
        answer: JsonObject = {"kind": "drive#permissionList", "permissions": found}
        return {name: value for name, value in answer.items() if fields.wants(mask, name)}

    def share(self, file_id: str, user: str, body: JsonObject, mask: Mask) -> JsonObject:
        """Share a file."""
        book = self._file(file_id, user, WRITERS)
        if body.get("type") not in ("user", "group", "domain", "anyone") or not body.get("role"):
            raise DriveRefusal(400, "required", "The permission type and role fields are required.")
        whom = {name: body[name] for name in ("emailAddress", "domain", "allowFileDiscovery") if name in body}
        made = permission(body["type"], body["role"], **whom)
        book.permissions = [*(each for each in book.permissions if each["id"] != made["id"]), made]
        self.touch(book)
        return _part(made, mask or _PERMISSION)

    def unshare(self, file_id: str, user: str, permission_id: str) -> None:
        """Take a permission away."""
        book = self._file(file_id, user, WRITERS)
        left = [each for each in book.permissions if each["id"] != permission_id]
        if len(left) == len(book.permissions):
            where = {"location": "permissionId", "locationType": "parameter"}
            raise DriveRefusal(404, "notFound", f"Permission not found: {permission_id}.", **where)
        book.permissions = left
        self.touch(book)


def permission(kind: str, role: str, **whom: str) -> JsonObject:
    """Make a permission; a user's id is the same for every file, as the real one has it."""
    own = whom.get("emailAddress") or whom.get("domain", "")
    number = random.Random(own).randrange(10**19, 10**20)  # noqa: S311 - the same for the same user
    made: JsonObject = {
        "kind": "drive#permission",
        "id": "anyoneWithLink" if kind == "anyone" else str(number),
        "type": kind,
        "role": role,
        **whom,
    }
    return {**made, "deleted": False, "pendingOwner": False} if kind in ("user", "group") else made


def _shown(book: Spreadsheet, user: str, mask: Mask) -> JsonObject:
    role = book.role(user)
    can_write = role in WRITERS
    file: JsonObject = {
        "kind": "drive#file",
        "id": book.id,
        "name": book.title,
        "mimeType": MIME_TYPE,
        "createdTime": _time(book.created),
        "modifiedTime": _time(book.modified),
        "version": str(book.version),
        "trashed": book.is_trashed,
        "shared": len(book.permissions) > 1,
        "ownedByMe": role == "owner",
        "capabilities": {
            "canEdit": can_write,
            "canShare": can_write,
            "canDelete": role == "owner",
            "canComment": can_write or role == "commenter",
            "canReadRevisions": can_write,
        },
        "webViewLink": f"https://docs.google.com/spreadsheets/d/{book.id}/edit?usp=drivesdk",
    }
    if can_write:  # to others it is not said
        file |= {"permissions": book.permissions, "permissionIds": [each["id"] for each in book.permissions]}
    for name in mask:
        if name not in file and name not in ("permissions", "permissionIds", "owners"):
            where = {"location": "fields", "locationType": "parameter"}
            raise DriveRefusal(400, "invalidParameter", f"Invalid field selection {name}", **where)
    return _part(file, mask or _DEFAULT)


def _part(whole: JsonObject, mask: Mask) -> JsonObject:
    return {name: fields.project(value, mask[name]) for name, value in whole.items() if name in mask}


def _time(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _query(text: str) -> list[Callable[[Spreadsheet], bool]]:
    terms = [_TERM.fullmatch(term.strip()) for term in text.split(" and ")] if text else []
    return [_test(term, text) for term in terms]


def _test(term: re.Match[str] | None, text: str) -> Callable[[Spreadsheet], bool]:
    if term is None:
        raise DriveRefusal(400, "invalid", f"Invalid Value: {text}", location="q", locationType="parameter")
    value = re.sub(r"\\(.)", r"\1", term["value"][1:-1])
    match term["name"], term["operator"]:
        case "mimeType", "=":
            return lambda _: value == MIME_TYPE
        case "name", "=":
            return lambda book: book.title == value
        case "name", "contains":
            return lambda book: value.casefold() in book.title.casefold()
        case "trashed", "=":
            return lambda book: book.is_trashed == (term["value"] == "true")
        case _:
            raise DriveRefusal(
                400, "invalid", f"Invalid Value: {text}", location="q", locationType="parameter"
            )
