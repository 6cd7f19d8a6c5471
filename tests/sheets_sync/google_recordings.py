"""Recordings of the real Google API, replayed against the stand-in: `python google_recordings.py FOLDER`.

The folder holds `dev/cassettes/NAME.json.gz`, each a list of requests with the answers Google gave (the VCR format of
gspread's own tests). Nothing of it belongs into the project.
"""

from __future__ import annotations

import gzip
import json
import re
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import httpx

from sheets_sync.testing.google import OWNER, GoogleStandIn
from sheets_sync.testing.google.drive import permission

IDS = ("spreadsheetId", "id", "sheetId", "namedRangeId", "protectedRangeId")
FREE = {"createdTime", "modifiedTime", "timeZone", "users"}
"""What Google gives by when and by whom it was called: of these only the type is compared."""

LEFT_OUT = {
    "/export": "a file in another format; the product never asks for one",
    "/comments": "comments of a file; the product never asks for them",
    "/upload/": "a file in another format; its effect is made by the operator's hand, so that later answers compare",
}
_ID = re.compile(r"[A-Za-z0-9_-]{43,45}")


@dataclass(kw_only=True)
class Compared:
    """What became of one recorded request."""

    cassette: str
    number: int
    request: str
    left_out: str = ""
    differences: list[str] = field(default_factory=list)


def replay(folder: Path) -> Iterator[Compared]:
    """Send each recorded request, cassette by cassette, and compare the answer with Google's."""
    for path in sorted((folder / "dev" / "cassettes").glob("*.json.gz")):
        interactions = json.loads(gzip.decompress(path.read_bytes()))["interactions"]
        with GoogleStandIn() as stand_in:
            yield from _Replay(stand_in, path.name.removesuffix(".json.gz"), interactions).run()


class _Replay:
    """One cassette against one stand-in; `ours` says what a recorded id is here."""

    def __init__(self, stand_in: GoogleStandIn, name: str, interactions: list[dict[str, Any]]) -> None:
        self.stand_in = stand_in
        self.name = name
        self.interactions = interactions
        self.ours: dict[Any, Any] = {0: 0, "0": "0"}
        self.client = httpx.Client(
            base_url=stand_in.url,
            headers={"Authorization": f"Bearer {stand_in.access_token()}"},
            verify=False,
        )
        self.own = self._own()

    def run(self) -> Iterator[Compared]:
        """Lay down the files that were there before, then send request after request."""
        self._lay_down()
        with self.client:
            for number, each in enumerate(self.interactions):
                yield self._one(number, each["request"], each["response"])

    def _own(self) -> set[str]:
        """The files the cassette makes itself, by their recorded ids."""
        made = [each for each in self.interactions if _makes_a_file(each["request"])]
        return {_json(each["response"]["body"]["string"])["id"] for each in made}

    def _lay_down(self) -> None:
        """Make the files that were there before; one that Google refused belongs to somebody else."""
        for each in self.interactions:
            for found in _ID.findall(urlsplit(each["request"]["uri"]).path):
                is_refused = each["response"]["status"]["code"] == 403
                self._add(found, "somebody's", "stranger@example.com" if is_refused else OWNER)

    def _add(self, file_id: str, title: str, owner: str = OWNER) -> None:
        if file_id not in self.own and file_id not in self.ours:
            self.ours[file_id] = self.stand_in.create(title, owner).id

    def _as_listed(self, listed: list[dict[str, Any]]) -> None:
        """Let Drive show, beside the cassette's own files, just those of others that Google listed."""
        for file in listed:
            self._add(file["id"], file["name"])
        names = {self.ours.get(file["id"]): file["name"] for file in listed}
        own = {self.ours.get(theirs) for theirs in self.own}
        for file_id in self.stand_in.drive.files.keys() - own:
            book = self.stand_in.spreadsheet(file_id)
            book.permissions = [permission("user", "owner", emailAddress=OWNER)] if file_id in names else []
            self.stand_in.hand(file_id).rename_title(names.get(file_id, book.title))

    def _one(self, number: int, asked: dict[str, Any], recorded: dict[str, Any]) -> Compared:
        url = urlsplit(asked["uri"])
        compared = Compared(
            cassette=self.name, number=number, request=f"{asked['method']} {unquote(_ID.sub('ID', url.path))}"
        )
        compared.left_out = next((why for part, why in LEFT_OUT.items() if part in url.path), "")
        if compared.left_out:
            self._by_hand(url.path, asked["body"])
            return compared
        if "files?q=mimeType" in asked["uri"] and "name" not in url.query.partition("&")[0]:
            self._as_listed(_json(recorded["body"]["string"])["files"])
        answer = self.client.request(
            asked["method"],
            self._translated(f"{url.path}?{url.query}"),
            content=self._translated(asked["body"] or "").encode(),
        )
        compared.differences = [*self._differences(recorded, answer)]
        return compared

    def _by_hand(self, path: str, body: str) -> None:
        """An upload of CSV replaces the spreadsheet's content and names the tab after the file."""
        if "/upload/" not in path:
            return
        hand = self.stand_in.hand(self.ours[_ID.findall(path)[0]])
        sheet = hand.book.sheets[0]
        hand.rename_tab(sheet.title, hand.book.title)
        hand.paste(sheet.title, 0, 0, [line.split(",") for line in body.splitlines()])

    def _translated(self, text: str) -> str:
        return re.sub(r"[A-Za-z0-9_-]{43,45}|\d{6,10}", lambda found: str(self._our(found[0])), text)

    def _our(self, recorded: str) -> object:
        if recorded.isdigit() and int(recorded) in self.ours:
            return self.ours[int(recorded)]
        return self.ours.get(recorded, recorded)

    def _differences(self, recorded: dict[str, Any], answer: httpx.Response) -> Iterator[str]:
        if answer.status_code != recorded["status"]["code"]:
            yield f"status {answer.status_code}, Google {recorded['status']['code']}: {answer.text[:300]}"
            return
        theirs_type = next(
            value for name, value in recorded["headers"].items() if name.lower() == "content-type"
        )
        if answer.headers["content-type"] != theirs_type[0]:
            yield f"content type {answer.headers['content-type']}, Google {theirs_type[0]}"
        theirs = _json(recorded["body"]["string"])
        yield from self._unlike("", theirs, _json(answer.text))

    def _unlike(self, path: str, theirs: object, ours: object) -> Iterator[str]:
        name = path.rpartition(".")[2]
        if isinstance(theirs, dict) and isinstance(ours, dict):
            for extra in theirs.keys() ^ ours.keys():
                yield f"{path}.{extra} only {'Google' if extra in theirs else 'here'}"
            for each in theirs.keys() & ours.keys():
                yield from self._unlike(f"{path}.{each}", theirs[each], ours[each])
        elif isinstance(theirs, list) and isinstance(ours, list):
            yield from self._unlike_lists(path, theirs, ours)
        elif name in IDS:
            yield from self._unlike_ids(path, theirs, ours)
        elif type(theirs) is not type(ours):
            yield f"{path} is a {type(ours).__name__}, Google has a {type(theirs).__name__}"
        elif name not in FREE and self._theirs(theirs) != ours:
            yield f"{path} is {ours!r}, Google has {theirs!r}"

    def _unlike_lists(self, path: str, theirs: list[Any], ours: list[Any]) -> Iterator[str]:
        if path == ".files":  # the order is that of changes before the recording, which cannot be known
            theirs, ours = _by_name(theirs), _by_name(ours)
        if len(theirs) != len(ours):
            yield f"{path} has {len(ours)} elements, Google has {len(theirs)}"
        for one, other in zip(theirs, ours, strict=False):
            yield from self._unlike(path, one, other)

    def _unlike_ids(self, path: str, theirs: Any, ours: Any) -> Iterator[str]:
        """The first time we see how an id is called here, and from then on it must stay so."""
        if type(theirs) is not type(ours):
            yield f"{path} is a {type(ours).__name__}, Google has a {type(theirs).__name__}"
        elif theirs and self.ours.setdefault(theirs, ours) != ours:
            yield f"{path} is {ours!r}, that was {self.ours[theirs]!r} before"

    def _theirs(self, value: object) -> object:
        return self._translated(value) if isinstance(value, str) and "/spreadsheets/d/" in value else value


def _makes_a_file(asked: dict[str, Any]) -> bool:
    return asked["method"] == "POST" and "/drive/v3/files" in asked["uri"]


def _by_name(files: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Several files may have one name: which is which is not compared."""
    return sorted(({**file, "id": ""} for file in files), key=lambda file: str(file["name"]))


def _json(text: str) -> Any:
    try:
        return json.loads(text) if text else {}
    except ValueError:
        return {}


def report(found: list[Compared]) -> Iterator[str]:
    """Yield the figures, then each difference and what was left out."""
    left_out = Counter(each.left_out for each in found if each.left_out)
    equal = sum(not each.left_out and not each.differences for each in found)
    yield f"{len(found)} requests: {equal} equal, {sum(left_out.values())} left out"
    for why, count in left_out.items():
        yield f"left out {count}: {why}"
    for each in found:
        for difference in each.differences:
            yield f"{each.cassette} {each.number} {each.request}: {difference}"


if __name__ == "__main__":
    print("\n".join(report(list(replay(Path(sys.argv[1]))))))  # noqa: T201
