"""Calls to a Google stand-in in the API's own words, as short as a test wants to read them."""

from __future__ import annotations

from typing import Any

import httpx

from sheets_sync.testing.google import OWNER, GoogleStandIn


class Caller:
    """A user who calls the API about one spreadsheet."""

    def __init__(self, stand_in: GoogleStandIn, file_id: str, email: str = OWNER) -> None:
        self.path = f"/v4/spreadsheets/{file_id}"
        self.file = f"/drive/v3/files/{file_id}"
        headers = {"Authorization": f"Bearer {stand_in.access_token(email)}"}
        self.client = httpx.Client(
            base_url=stand_in.url, headers=headers, timeout=20, verify=False
        )  # plain HTTP: no need to load certificates

    def batch(self, *requests: dict[str, Any], **body: Any) -> httpx.Response:
        return self.client.post(f"{self.path}:batchUpdate", json={"requests": requests, **body})

    def get(self, fields: str, *ranges: str) -> dict[str, Any]:
        answer = self.client.get(self.path, params={"fields": fields, "ranges": ranges})
        assert answer.status_code == 200, answer.text
        return answer.json()

    def values(self, cells: str, **params: str) -> list[list[Any]]:
        return self.client.get(f"{self.path}/values/{cells}", params=params).json().get("values", [])


def rows(*lines: list[Any]) -> list[dict[str, Any]]:
    """Write lines as RowData: a text is a text, what begins with = a formula."""
    return [{"values": [{"userEnteredValue": _value(each)} for each in line]} for line in lines]


def _value(each: Any) -> dict[str, Any]:
    if isinstance(each, bool):
        return {"boolValue": each}
    if isinstance(each, str):
        return {"formulaValue": each} if each.startswith("=") else {"stringValue": each}
    return {"numberValue": each}


def append(*lines: list[Any], sheet: int = 0) -> dict[str, Any]:
    return {"appendCells": {"sheetId": sheet, "rows": rows(*lines), "fields": "userEnteredValue"}}


def message(answer: httpx.Response) -> str:
    return answer.json()["error"]["message"]
