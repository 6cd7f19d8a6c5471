"""The client: a company's two verbs over loopback, as if it were opened here; it outlives the server it speaks to."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec

from opc_kernel.event import Event, Registry, Write
from opc_kernel.log.append import Appended, draft
from opc_kernel.log.errors import LogClosed, OutcomeUnknown, QueryFailed
from opc_kernel.log.export import Export, Form
from opc_kernel.log.rows import Rows
from opc_kernel.log.verify import Finding, Verification
from opc_kernel.memory.recall.asked import Asked
from opc_kernel.memory.recall.condition import Condition
from opc_kernel.memory.recall.recalled import Recollection
from workbench import wire
from workbench.connection import ANSWER_S, Broken, Connection, ServerGone
from workbench.erasure.erasing import Erased, Preview, Request
from workbench.erasure.traces import Wanted

TRIES = 5
"""How many servers may die on one question."""
PAUSE_S = 0.05
UPKEEP = None
"""Looking after the log takes as long as it takes."""
READ_BATCH = 1_000


class _Events(msgspec.Struct):
    """The answer to `read`; the events' data stays the bytes it is."""

    events: list[Event]


class ClientLog:
    """The log of a company that a server holds. Thread-safe; a forked child speaks through connections of its own.

    When the server dies, `find` returns a connection to another, which it starts where nobody serves, and the same is
    asked again: every verb can be repeated, for whoever appends chose the event ids.
    """

    def __init__(self, server: Connection, find: Callable[[], Connection], registry: Registry) -> None:
        self._server, self._find = server, find
        self._registry = registry
        self._renewing = threading.Lock()
        self._pid = os.getpid()
        self._closed = False

    def append(self, writes: Iterable[Write], *, expected: Mapping[str, int]) -> Appended:
        """See EventLog.append."""
        drafts = draft(writes, expected, self._registry)
        return msgspec.json.decode(self._post("append", wire.pack_append(drafts, expected)), type=Appended)

    def query(self, sql: str, /, **parameters: Any) -> Rows:  # noqa: ANN401 - SQL parameters are plain values of any kind
        """See Queryable.query."""
        try:
            question = wire.encode({"sql": sql, "parameters": wire.pack(parameters)})
        except UnicodeEncodeError as error:
            raise QueryFailed("it holds half a character.") from error
        return wire.unpack_rows(self._post("query", question))

    def read(self, *, after: int = 0, limit: int | None = None) -> Iterator[Event]:
        """See EventLog.read."""
        left = limit
        while left is None or left > 0:
            size = READ_BATCH if left is None else min(left, READ_BATCH)
            answer = self._ask("read", {"after": after, "limit": size})
            events = msgspec.json.decode(answer, type=_Events).events
            yield from events
            if len(events) < size:
                return
            after = events[-1].position
            left = None if left is None else left - size

    def verify(self) -> Verification:
        """See DurableLog.verify."""
        answer = wire.decode(self._ask("verify", {}, UPKEEP))
        findings = tuple(Finding(**finding) for finding in answer["findings"])
        return Verification(events=answer["events"], head=answer["head"], findings=findings)

    def differences(self) -> dict[str, int]:
        """See DurableLog.differences."""
        return dict(wire.decode(self._ask("differences", {}, UPKEEP)))

    def rebuild(self) -> None:
        """See DurableLog.rebuild."""
        self._ask("rebuild", {}, UPKEEP)

    def remake(self) -> None:
        """See DurableLog.remake."""
        self._ask("remake", {}, UPKEEP)

    def journal_files(self) -> list[tuple[Path, int]]:
        """See DurableLog.journal_files."""
        return [(Path(path), size) for path, size in wire.decode(self._ask("journal_files", {}))]

    def export(self, form: Form) -> Export:
        """See DurableLog.export; the server writes it."""
        answer = wire.decode(self._ask("export", {"form": form}, UPKEEP))
        return Export(path=Path(answer["path"]), form=answer["form"], position=answer["position"])

    def preview_erasure(self, wanted: Wanted) -> Preview:
        """See workbench.erasure.erasing.preview_erasure."""
        return msgspec.json.decode(self._post("preview_erasure", wire.encode(wanted), UPKEEP), type=Preview)

    def erase(self, request: Request) -> Erased:
        """See workbench.erasure.erasing.erase_payload; the server does it."""
        return msgspec.json.decode(self._post("erase", wire.encode(request), UPKEEP), type=Erased)

    def recall(self, asked: Asked) -> Recollection:
        """See workbench.memory.recalling.Recaller; the indexes have one writer, the server."""
        return msgspec.json.decode(self._post("recall", wire.encode(asked)), type=Recollection)

    def condition(self) -> Condition:
        """See workbench.memory.recalling.Recaller."""
        return msgspec.json.decode(self._ask("recall_condition", {}), type=Condition)

    def close(self) -> None:
        """Close our connections; the server goes on."""
        self._closed = True
        self._server.close()

    def _ask(self, verb: str, body: dict[str, Any], answer_s: float | None = ANSWER_S) -> bytes:
        return self._post(verb, wire.encode(body), answer_s)

    def _post(self, verb: str, content: bytes, answer_s: float | None = ANSWER_S) -> bytes:
        """Ask until a server answers; raises what it refuses with."""
        reason = ""
        if self._closed:
            raise LogClosed
        for _ in range(TRIES):
            server = self._connected()
            try:
                return server.ask(verb, content, answer_s)
            except (Broken, LogClosed, OutcomeUnknown) as error:
                reason = str(error)
                self._renew(server)
        raise ServerGone(reason)

    def _connected(self) -> Connection:
        if self._pid != os.getpid():  # forked: the connections are our parent's
            with self._renewing:
                if self._pid != os.getpid():
                    self._server, self._pid = self._find(), os.getpid()
        return self._server

    def _renew(self, dead: Connection) -> None:
        """Find the next server, unless another thread has."""
        with self._renewing:
            if self._server is dead:
                time.sleep(PAUSE_S)  # a server that ends still answers for a moment
                self._server = self._find()
                dead.close()
