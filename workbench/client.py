"""The client: a company's two verbs over loopback, as if it were opened here."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import httpx
import msgspec

from opc_kernel.errors import KernelError
from opc_kernel.event import Event, Write
from opc_kernel.log.append import Appended
from opc_kernel.log.database import Rows
from opc_kernel.log.verify import Finding, Verification
from workbench import wire
from workbench.address import Address, read_address

TIMEOUT_S = 60.0
HEALTH_TIMEOUT_S = 2.0
READ_BATCH = 1_000


class ServerGone(KernelError):
    """The server stopped answering."""

    def __init__(self, reason: str) -> None:
        super().__init__(
            f"The server no longer answers: {reason}.",
            "Start 'workbench up' again; what was acknowledged is stored.",
        )


class OtherProtocol(KernelError):
    """The running server is of another release."""

    def __init__(self, protocol: int) -> None:
        super().__init__(
            f"The running server speaks protocol {protocol}, this release {wire.PROTOCOL}.",
            "Stop 'workbench up' and start it again with this release.",
        )


class _Events(msgspec.Struct):
    """The answer to `read`; the events' data stays the bytes it is."""

    events: list[Event]


class ClientLog:
    """The log of a company that a server holds."""

    def __init__(self, address: Address) -> None:
        self._http = httpx.Client(
            base_url=address.url,
            headers={"Authorization": f"Bearer {address.token}"},
            timeout=TIMEOUT_S,
            trust_env=False,
        )

    def append(self, writes: Iterable[Write], *, expected: Mapping[str, int]) -> Appended:
        """See EventLog.append."""
        answer = self._post(
            "append", {"writes": [wire.pack_write(each) for each in writes], "expected": dict(expected)}
        )
        return Appended(positions=tuple(answer["positions"]), repeated=answer["repeated"])

    def query(self, sql: str, /, **parameters: Any) -> Rows:  # noqa: ANN401 - SQL parameters are plain values of any kind
        """See Queryable.query."""
        return wire.unpack_rows(self._post("query", {"sql": sql, "parameters": wire.pack(parameters)}))

    def read(self, *, after: int = 0, limit: int | None = None) -> Iterator[Event]:
        """See EventLog.read."""
        left = limit
        while left is None or left > 0:
            size = READ_BATCH if left is None else min(left, READ_BATCH)
            events = self._post("read", {"after": after, "limit": size}, _Events).events
            yield from events
            if len(events) < size:
                return
            after = events[-1].position
            left = None if left is None else left - size

    def verify(self) -> Verification:
        """See DurableLog.verify."""
        answer = self._post("verify", {})
        findings = tuple(Finding(**finding) for finding in answer["findings"])
        return Verification(events=answer["events"], head=answer["head"], findings=findings)

    def differences(self) -> dict[str, int]:
        """See DurableLog.differences."""
        return dict(self._post("differences", {}))

    def rebuild(self) -> None:
        """See DurableLog.rebuild."""
        self._post("rebuild", {})

    def journal_files(self) -> list[tuple[Path, int]]:
        """See DurableLog.journal_files."""
        return [(Path(path), size) for path, size in self._post("journal_files", {})]

    def close(self) -> None:
        """Close the connection; the server goes on."""
        self._http.close()

    def _post(self, verb: str, body: dict[str, Any], kind: Any = Any) -> Any:  # noqa: ANN401 - each verb has its own answer
        try:
            response = self._http.post(f"/api/{verb}", content=wire.encode(body))
        except httpx.HTTPError as error:
            raise ServerGone(type(error).__name__) from error
        try:
            if response.is_success:
                return msgspec.json.decode(response.content, type=kind)
            refusal = wire.unpack_error(wire.decode(response.content))
        except (msgspec.MsgspecError, LookupError, TypeError) as error:
            raise ServerGone(f"something else answers there ({response.status_code})") from error
        raise refusal


def connect(folder: Path, company_id: str) -> ClientLog | None:
    """Return a client of the server that holds this folder, None when none answers.

    Raises OtherProtocol when the server is of a release this one can't talk to.
    """
    address = read_address(company_id, folder)
    if address is None or not _answers(address, company_id):
        return None
    if address.protocol != wire.PROTOCOL:
        raise OtherProtocol(address.protocol)
    return ClientLog(address)


def _answers(address: Address, company_id: str) -> bool:
    try:
        response = httpx.get(
            f"{address.url}/api/health",
            headers={"Authorization": f"Bearer {address.token}"},
            timeout=HEALTH_TIMEOUT_S,
            trust_env=False,
        )
        return response.is_success and bool(wire.decode(response.content)["company"] == company_id)
    except (httpx.HTTPError, msgspec.MsgspecError, LookupError, TypeError):
        return False  # nobody, or something else that listens there now
