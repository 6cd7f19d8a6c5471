"""Finding the process that serves a company, and starting one where nobody does."""

from __future__ import annotations

import os
import select
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from opc_kernel.errors import KernelError
from opc_kernel.log.errors import CompanyBusy
from workbench import wire
from workbench.address import Address, read_address, starting
from workbench.jobs.mark import OUTLIVES, RUN

if TYPE_CHECKING:
    from workbench.connection import Connection

FIND_S = 60.0
"""How long finding a server may take; opening a large company after a crash takes some seconds."""
STEP_S = 0.02


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


def find_server(folder: Path, company_id: str) -> Connection:
    """Return a connection to the server that holds this folder; starts one when nobody serves.

    Raises OtherProtocol, CompanyBusy when another program holds the folder without serving it, NotServed, and
    whatever opening the company raises.
    """
    deadline = time.monotonic() + FIND_S
    while time.monotonic() < deadline:
        server = serving(folder, company_id) or _started(folder, company_id)
        if server is not None:
            return server
        time.sleep(STEP_S)  # somebody else starts one
    raise NotServed(folder, f"a server that was started did not answer within {FIND_S:g} s")


def serving(folder: Path, company_id: str) -> Connection | None:
    """Return a connection to a server that answers for this folder.

    Raises OtherProtocol when it is of a release this one can't talk to.
    """
    address = read_address(company_id, folder)
    return None if address is None else _connected(address, company_id)


def _connected(address: Address, company_id: str) -> Connection | None:
    from workbench.connection import (
        Connection,  # httpx takes a while to import: only where there is an address
    )

    server = Connection(address)
    if not server.serves(company_id):
        server.close()
        return None
    if address.protocol != wire.PROTOCOL:
        server.close()
        raise OtherProtocol(address.release, address.protocol)
    return server


def _started(folder: Path, company_id: str) -> Connection | None:
    """Return a connection to a server that we start; None while somebody else does, or when it ended at once."""
    with starting(company_id, folder, wait=False) as ours:
        return (serving(folder, company_id) or _start(folder, company_id)) if ours else None


def _start(folder: Path, company_id: str) -> Connection | None:
    """Start `workbench own` and return a connection to it once it serves."""
    child = subprocess.Popen(  # noqa: S603 - our own command; the folder is one argument
        [sys.executable, "-P", "-m", "workbench", "own", "--company", str(folder)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={**_unmarked(), OUTLIVES: "1"},
        start_new_session=True,  # the end of this terminal is not the end of the company
    )
    threading.Thread(target=child.wait, daemon=True, name="own").start()  # leaves no zombie behind
    try:
        return _connected(_address(_first_line(child), folder), company_id)
    except CompanyBusy:
        server = serving(folder, company_id)  # an `up` may have come meanwhile
        if server is None:
            raise
        return server


def _unmarked() -> dict[str, str]:
    """The environment without the mark of a job's run: the server outlives it."""
    return {name: value for name, value in os.environ.items() if name != RUN}


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
