"""The client: a company's two verbs over loopback, as if it were opened here; it outlives the server it speaks to."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import msgspec

from opc_kernel.errors import KernelError
from opc_kernel.event import Event, Registry, Write
from opc_kernel.log.append import Appended, draft
from opc_kernel.log.database import Rows
from opc_kernel.log.errors import LogClosed, OutcomeUnknown
from opc_kernel.log.export import Export, Form
from opc_kernel.log.verify import Finding, Verification
from workbench import wire
from workbench.address import Address
from workbench.erasure.erasing import Erased, Preview, Request
from workbench.erasure.traces import Wanted
from workbench.owner import bearer

TRIES = 5
"""How many servers may die on one question."""
PAUSE_S = 0.05
CONNECT_S = 10.0
ANSWER_S = 150.0
"""A question may wait for its turn and then take its own time; an append stands in line."""
ANSWER = httpx.Timeout(ANSWER_S, connect=CONNECT_S)
UPKEEP = httpx.Timeout(None, connect=CONNECT_S)
"""Looking after the log takes as long as it takes."""
READ_BATCH = 1_000


class ServerGone(KernelError):
    """The server does not answer, and neither do those that came after it."""

    def __init__(self, reason: str) -> None:
        super().__init__(
            f"The company's server does not answer: {reason}.",
            "Try again; what was acknowledged is stored, and a retry with the same event ids adds nothing twice.",
        )


class _Events(msgspec.Struct):
    """The answer to `read`; the events' data stays the bytes it is."""

    events: list[Event]


class ClientLog:
    """The log of a company that a server holds. Thread-safe; a forked child speaks through connections of its own.

    `find` returns the address of a server, and starts one where nobody serves. When the server dies, another is
    found and asked the same again: every verb can be repeated, for whoever appends chose the event ids.
    """

    def __init__(self, find: Callable[[], Address], registry: Registry) -> None:
        self._find = find
        self._registry = registry
        self._renewing = threading.Lock()
        self._pid = os.getpid()
        self._http = _connection(find())

    def append(self, writes: Iterable[Write], *, expected: Mapping[str, int]) -> Appended:
        """See EventLog.append."""
        drafts = draft(writes, expected, self._registry)
        return msgspec.json.decode(self._post("append", wire.pack_append(drafts, expected)), type=Appended)

    def query(self, sql: str, /, **parameters: Any) -> Rows:  # noqa: ANN401 - SQL parameters are plain values of any kind
        """See Queryable.query."""
        return wire.unpack_rows(self._ask("query", {"sql": sql, "parameters": wire.pack(parameters)}))

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

    def close(self) -> None:
        """Close our connections; the server goes on."""
        self._http.close()

    def _ask(self, verb: str, body: dict[str, Any], timeout: httpx.Timeout = ANSWER) -> bytes:
        return self._post(verb, wire.encode(body), timeout)

    def _post(self, verb: str, content: bytes, timeout: httpx.Timeout = ANSWER) -> bytes:
        """Ask until a server answers; raises what it refuses with."""
        reason = ""
        for _ in range(TRIES):
            http = self._connected()
            try:
                return _answer(http.post(f"/api/{verb}", content=content, timeout=timeout))
            except httpx.ReadTimeout as error:
                raise ServerGone(f"it took longer than {ANSWER_S:g} s") from error
            except (httpx.HTTPError, _Gone, LogClosed, OutcomeUnknown) as error:
                reason = str(error) or type(error).__name__
                self._renew(http)
        raise ServerGone(reason)

    def _connected(self) -> httpx.Client:
        if self._pid != os.getpid():  # forked: the connections are our parent's
            with self._renewing:
                if self._pid != os.getpid():
                    self._http, self._pid = _connection(self._find()), os.getpid()
        return self._http

    def _renew(self, dead: httpx.Client) -> None:
        """Find the next server, unless another thread has."""
        with self._renewing:
            if self._http is dead:
                time.sleep(PAUSE_S)  # a server that ends still answers for a moment
                self._http = _connection(self._find())
                dead.close()


class _Gone(Exception):
    """Something answers there that is not our server, or is just ending."""


def _connection(address: Address) -> httpx.Client:
    """Connect, and stay so: the open connection tells the server that we are there."""
    http = httpx.Client(
        base_url=address.url,
        headers=bearer(address),
        timeout=ANSWER,
        limits=httpx.Limits(keepalive_expiry=None),
        trust_env=False,
    )
    with suppress(httpx.HTTPError):  # it will be found out by whoever asks first
        http.get("/api/health")
    return http


def _answer(response: httpx.Response) -> bytes:
    if response.is_success:
        return response.content
    try:
        refusal = wire.unpack_error(wire.decode(response.content))
    except (msgspec.MsgspecError, LookupError, TypeError) as error:
        raise _Gone(f"something else answers there ({response.status_code})") from error
    raise refusal
