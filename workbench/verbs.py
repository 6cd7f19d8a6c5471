"""What a client may ask over HTTP: each verb takes bytes and answers with bytes, and stands in one of three lanes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import msgspec

from opc_kernel.event import Registry
from opc_kernel.log.durable import DurableLog
from opc_kernel.memory.recall.asked import Asked
from workbench import wire
from workbench.erasure.erasing import Request, carry_out, look
from workbench.erasure.traces import Wanted
from workbench.memory.recalling import Recaller

MAX_READ = 10_000

Lane = Literal["append", "question", "upkeep"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Verb:
    """How a request is answered, and with which others it shares its places."""

    lane: Lane
    answer: Callable[[bytes], bytes]


class Verbs:
    """The verbs over one log."""

    def __init__(self, folder: Path, log: DurableLog, types: Registry, recaller: Recaller) -> None:
        self._folder, self._log, self._types, self._recaller = folder, log, types, recaller

    def table(self) -> dict[str, Verb]:
        """Return each verb by its name."""
        return {
            "append": Verb(lane="append", answer=self._append),
            "query": Verb(lane="question", answer=self._query),
            "read": Verb(lane="question", answer=_plain(self._read)),
            "recall": Verb(lane="question", answer=self._recall),
            "recall_condition": Verb(lane="question", answer=_plain(lambda _: self._recaller.condition())),
            "verify": Verb(lane="upkeep", answer=_plain(lambda _: self._log.verify())),
            "differences": Verb(lane="upkeep", answer=_plain(lambda _: self._log.differences())),
            "rebuild": Verb(lane="upkeep", answer=_plain(lambda _: self._log.rebuild())),
            "remake": Verb(lane="upkeep", answer=_plain(lambda _: self._log.remake())),
            "journal_files": Verb(lane="upkeep", answer=_plain(lambda _: self._journal_files())),
            "export": Verb(lane="upkeep", answer=_plain(self._export)),
            "preview_erasure": Verb(lane="upkeep", answer=self._preview_erasure),
            "erase": Verb(lane="upkeep", answer=self._erase),
        }

    def _append(self, content: bytes) -> bytes:
        writes, expected = wire.unpack_append(content, self._types)
        return wire.encode(self._log.append(writes, expected=expected))

    def _query(self, content: bytes) -> bytes:
        body = wire.decode(content)
        return wire.pack_rows(self._log.query(body["sql"], **wire.unpack(body["parameters"])))

    def _read(self, body: dict[str, Any]) -> object:
        return {"events": list(self._log.read(after=body["after"], limit=min(body["limit"], MAX_READ)))}

    def _recall(self, content: bytes) -> bytes:
        return wire.encode(self._recaller.recall(msgspec.json.decode(content, type=Asked)))

    def _journal_files(self) -> object:
        return [(str(path), size) for path, size in self._log.journal_files()]

    def _export(self, body: dict[str, Any]) -> object:
        done = self._log.export(body["form"])
        return {"path": str(done.path), "form": done.form, "position": done.position}

    def _preview_erasure(self, content: bytes) -> bytes:
        wanted = msgspec.json.decode(content, type=Wanted)
        return wire.encode(look(self._log, self._folder, wanted))

    def _erase(self, content: bytes) -> bytes:
        return wire.encode(carry_out(self._log, self._folder, msgspec.json.decode(content, type=Request)))


def _plain(answer: Callable[[dict[str, Any]], object]) -> Callable[[bytes], bytes]:
    """Let a verb take and give plain data."""
    return lambda content: wire.encode(answer(msgspec.json.decode(content, type=dict[str, Any])))
