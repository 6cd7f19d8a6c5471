"""The ready notebooks, laid into the company's `notebooks` folder; what lies there is the operator's and stays."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import msgspec

from opc_kernel.log.files import write_whole

SHIPPED = Path(__file__).resolve().parent.parent.parent / "notebooks" / "lab"
FOLDER = "notebooks"
OWN_MODE = 0o700
"""What an operator writes and sees there is the company's: nobody else on this machine reads it."""
MARK = "workbench_shipped"
"""Beside `workbench`, where a job says by which rule it runs."""


@dataclass(frozen=True, slots=True)
class Laid:
    """What became of the ready notebooks, by their file names."""

    new: tuple[str, ...]
    outdated: tuple[str, ...]
    """Copies of an older one than is shipped now; they stay as they are."""


def lay_out(company: Path, *, shipped: Path = SHIPPED) -> Laid:
    """Copy each ready notebook that is not there, and touch none that is."""
    place = company / FOLDER
    place.mkdir(mode=OWN_MODE, exist_ok=True)
    place.chmod(OWN_MODE)
    ready = sorted(shipped.glob("*.ipynb"))
    new = [path for path in ready if not (place / path.name).exists()]
    outdated = [path for path in ready if path not in new and _is_outdated(place / path.name, path)]
    for path in new:
        write_whole(place / path.name, _marked(path.read_bytes()), mode=0o600)
    return Laid(tuple(path.name for path in new), tuple(path.name for path in outdated))


def told(laid: Laid) -> Iterator[str]:
    """Yield what the operator should know about them."""
    if laid.new:
        yield f"New in {FOLDER}/: {', '.join(laid.new)}."
    for name in laid.outdated:
        yield f"A newer {name} is shipped; yours stays as it is. Rename yours and start again to get it beside."


def _marked(content: bytes) -> bytes:
    """Return the notebook with the hash of what was shipped: saving changes the rest of the file."""
    notebook: dict[str, Any] = msgspec.json.decode(content)
    notebook["metadata"][MARK] = _hash(content)
    return msgspec.json.format(msgspec.json.encode(notebook), indent=1)


def _is_outdated(copy: Path, shipped: Path) -> bool:
    known = _mark(copy)
    return known is not None and known != _hash(shipped.read_bytes())


def _mark(copy: Path) -> str | None:
    """Return the hash of what a copy was made from; None for a notebook of the operator's own."""
    try:
        mark = msgspec.json.decode(copy.read_bytes())["metadata"][MARK]
    except (OSError, msgspec.MsgspecError, LookupError, TypeError):
        return None
    return mark if isinstance(mark, str) else None


def _hash(content: bytes) -> str:
    return sha256(content).hexdigest()
