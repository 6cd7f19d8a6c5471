"""Finding the process that serves a company, and starting one where nobody does."""

from __future__ import annotations

import os
import select
import subprocess
import sys
import threading
import time
from pathlib import Path

import httpx
import msgspec

from opc_kernel.errors import KernelError
from opc_kernel.log.errors import CompanyBusy
from workbench import wire
from workbench.address import Address, read_address, starting

FIND_S = 60.0
"""How long finding a server may take; opening a large company after a crash takes some seconds."""
STEP_S = 0.02
HEALTH_TIMEOUT_S = 5.0


class NotServed(KernelError):
    """Nobody serves the company, and nobody could be made to."""

    def __init__(self, folder: Path, reason: str) -> None:
        super().__init__(
            f"Nobody serves {folder}: {reason}.",
            "Look into its workbench.log, or run 'workbench doctor'; what was acknowledged is stored.",
        )


class OtherProtocol(KernelError):
    """The running server is of another release."""

    def __init__(self, release: str, protocol: int) -> None:
        super().__init__(
            f"The running server is release {release} and speaks protocol {protocol}, this one {wire.PROTOCOL}.",
            "Stop it ('workbench up' or a notebook of the other release), then try again.",
        )


def find_server(folder: Path, company_id: str) -> Address:
    """Return the address of the server that holds this folder; starts one when nobody serves.

    Raises OtherProtocol, CompanyBusy when another program holds the folder without serving it, NotServed, and
    whatever opening the company raises.
    """
    deadline = time.monotonic() + FIND_S
    while time.monotonic() < deadline:
        address = serving(folder, company_id)
        if address is not None:
            return address
        with starting(company_id, folder, wait=False) as ours:
            if ours:
                return serving(folder, company_id) or _start(folder, company_id)
        time.sleep(STEP_S)  # somebody else starts one
    raise NotServed(folder, f"a server that was started did not answer within {FIND_S:g} s")


def serving(folder: Path, company_id: str) -> Address | None:
    """Return the address of a server that answers for this folder.

    Raises OtherProtocol when it is of a release this one can't talk to.
    """
    address = read_address(company_id, folder)
    if address is None or not _answers(address, company_id):
        return None
    if address.protocol != wire.PROTOCOL:
        raise OtherProtocol(address.release, address.protocol)
    return address


def give_way(address: Address) -> None:
    """Ask a server that is there only for its clients to let the folder go."""
    try:
        httpx.post(
            f"{address.url}/api/give_way", headers=bearer(address), timeout=HEALTH_TIMEOUT_S, trust_env=False
        )
    except httpx.HTTPError:
        return  # it ended by itself


def bearer(address: Address) -> dict[str, str]:
    """Return the header that opens this server's door."""
    return {"Authorization": f"Bearer {address.token}"}


def _answers(address: Address, company_id: str) -> bool:
    try:
        response = httpx.get(
            f"{address.url}/api/health", headers=bearer(address), timeout=HEALTH_TIMEOUT_S, trust_env=False
        )
        return response.is_success and bool(wire.decode(response.content)["company"] == company_id)
    except (httpx.HTTPError, msgspec.MsgspecError, LookupError, TypeError):
        return False  # nobody, or something else that listens there now


def _start(folder: Path, company_id: str) -> Address:
    """Start `workbench own` and return its address once it serves."""
    child = subprocess.Popen(  # noqa: S603 - our own command; the folder is one argument
        [sys.executable, "-P", "-m", "workbench", "own", "--company", str(folder)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=True,  # the end of this terminal is not the end of the company
    )
    threading.Thread(target=child.wait, daemon=True, name="own").start()  # leaves no zombie behind
    try:
        return _address(_first_line(child), folder)
    except CompanyBusy:
        address = serving(folder, company_id)  # an `up` may have come meanwhile
        if address is None:
            raise
        return address


def _first_line(child: subprocess.Popen[bytes]) -> bytes:
    assert child.stdout is not None
    with child.stdout as told:
        ready, _, _ = select.select([told], [], [], FIND_S)
        return os.read(told.fileno(), select.PIPE_BUF) if ready else b""


def _address(told: bytes, folder: Path) -> Address:
    """Read what a started server says: its address, or why it can't serve."""
    try:
        said = wire.decode(told)
        if "error" in said:
            raise wire.unpack_error(said)
        return msgspec.convert(said, Address)
    except msgspec.MsgspecError as error:
        raise NotServed(folder, "a server was started and ended without a word") from error
