"""batchUpdate: a list of edits, all or nothing, and the spreadsheet as it is afterwards."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from sheets_sync.testing.google import edit_cells, edit_lines, edit_rules, edit_tabs, fields, view
from sheets_sync.testing.google.errors import ApiError, InvalidArgument, JsonObject
from sheets_sync.testing.google.fields import Mask
from sheets_sync.testing.google.spreadsheet import Spreadsheet

Edit = Callable[[Spreadsheet, JsonObject], JsonObject]
"""Changes the spreadsheet as a request says and returns what is said back about it, often nothing."""

EDITS: Mapping[str, Edit] = {
    **edit_tabs.EDITS,
    **edit_cells.EDITS,
    **edit_lines.EDITS,
    **edit_rules.EDITS,
}
_ANSWER: Mask = {"spreadsheetId": {}, "replies": {}, "updatedSpreadsheet": view.KNOWN}
MAX_REQUESTS = 100_000


class NotSpoken(ApiError):
    """A kind of request that the real API may know and this stand-in does not."""

    def __init__(self, kind: str) -> None:
        super().__init__(501, "UNIMPLEMENTED", f"The stand-in does not know the request {kind}.")


def batch_update(book: Spreadsheet, body: JsonObject, mask: Mask) -> JsonObject:
    """Carry out all requests, or none, and answer as asked."""
    fields.check(mask, _ANSWER)
    requests = body.get("requests") or []
    if not requests:
        raise InvalidArgument("Must specify at least one request.")
    if len(requests) > MAX_REQUESTS:
        raise InvalidArgument(f"Request exceeds the limit of {MAX_REQUESTS} requests.")
    work = book.copy()
    replies = [_apply(work, at, request) for at, request in enumerate(requests)]
    updated = _updated(work, body, mask.get("updatedSpreadsheet", {}))
    book.restore(work)
    answer: JsonObject = {"spreadsheetId": book.id, "replies": replies}
    if mask and "updatedSpreadsheet" not in mask:
        updated = None
    shown = {
        name: fields.project(value, mask.get(name, {}))
        for name, value in answer.items()
        if fields.wants(mask, name)
    }
    return shown if updated is None else {**shown, "updatedSpreadsheet": updated}


def _updated(book: Spreadsheet, body: JsonObject, mask: Mask) -> JsonObject | None:
    if not body.get("includeSpreadsheetInResponse"):
        return None
    ranges = body.get("responseRanges") or []
    return view.spreadsheet(book, mask, ranges, with_cells=bool(body.get("responseIncludeGridData")))


def _apply(book: Spreadsheet, at: int, request: JsonObject) -> JsonObject:
    if len(request) != 1:
        raise InvalidArgument(f"Invalid requests[{at}]: Must specify exactly one kind of request.")
    kind, asked = next(iter(request.items()))
    edit = EDITS.get(kind)
    if edit is None:
        raise NotSpoken(kind)
    try:
        reply = edit(book, asked)
    except InvalidArgument as refusal:
        raise InvalidArgument(f"Invalid requests[{at}].{kind}: {refusal}") from None
    return reply
