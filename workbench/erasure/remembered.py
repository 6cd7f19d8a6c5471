"""What was erased, remembered beside the company as opaque ids: a restored older backup loses it again."""

from __future__ import annotations

import os
from functools import partial
from pathlib import Path

import msgspec

from opc_kernel.log.erase import Order
from opc_kernel.log.files import sync_folder
from opc_kernel.log.place import configuration


class Remembered(msgspec.Struct, frozen=True, kw_only=True):
    """What was erased of one company, as opaque ids."""

    events: tuple[str, ...] = ()
    digests: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()
    """Events that named the same and stayed."""


def erased_of(company_id: str) -> Remembered:
    """Return what was ever erased of a company on this machine."""
    path = _list_of(company_id)
    if not path.exists():
        return Remembered()
    decode = partial(msgspec.json.decode, type=Remembered)
    each = [decode(line) for line in path.read_bytes().splitlines()]
    return Remembered(
        events=tuple(one for erasure in each for one in erasure.events),
        digests=tuple(one for erasure in each for one in erasure.digests),
        keys=tuple(one for erasure in each for one in erasure.keys),
        kept=tuple(one for erasure in each for one in erasure.kept),
    )


def remember(company_id: str, order: Order) -> None:
    """Add to the list what an erasure takes, before it goes."""
    path = _list_of(company_id)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    once = Remembered(events=order.events, digests=order.digests, keys=order.keys, kept=order.kept)
    line = msgspec.json.encode(once)
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "ab") as erased:
        erased.write(line + b"\n")
        erased.flush()
        os.fsync(erased.fileno())
    sync_folder(path.parent)


def _list_of(company_id: str) -> Path:
    return configuration() / "erased" / f"{company_id}.jsonl"
