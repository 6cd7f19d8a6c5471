"""What lies beside a workbook's file: the locks of desktop programs, and copies that may hold entries of their own."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from zipfile import ZipFile

from sheets_sync.excel.names import LISTS

MAX_NAMED = 5  # copies; more are counted
MAX_LOCK_BYTES = 1_024
MAX_CONTENTS_BYTES = 2**20  # of the part that names a workbook's sheets


def opened_by(path: Path) -> str:
    """Say which desktop program seems to have the file open, who and since when ("" for none)."""
    locks = {
        "Excel": path.with_name(f"~${path.name}"),
        "LibreOffice": path.with_name(f".~lock.{path.name}#"),
    }
    for program, lock in locks.items():
        try:
            since = datetime.fromtimestamp(lock.stat().st_mtime, tz=UTC).astimezone()
            owner = _owner(lock, program)
        except FileNotFoundError:
            continue
        return (
            f"it is open in {program}{owner} since {since:%Y-%m-%d %H:%M} (if it is not, delete {lock.name})"
        )
    return ""


def copies(path: Path) -> tuple[str, ...]:
    """Return a sentence about the copies of a workbook that lie beside it, if there are any."""
    found = sorted(other.name for other in _others(path) if _may_be_ours(other))
    if not found:
        return ()
    names = ", ".join(f"“{name}”" for name in found[:MAX_NAMED])
    more = f" and {len(found) - MAX_NAMED} more" if len(found) > MAX_NAMED else ""
    return (
        f"Beside {path.name} lies a copy of it: {names}{more}. What was entered there is not read. Enter here what is "
        "missing, then move the copy to another folder.",
    )


def _owner(lock: Path, program: str) -> str:
    """Return the name in a lock: Excel writes its length before it, in Windows letters, LibreOffice a comma behind."""
    try:
        with lock.open("rb") as file:
            content = file.read(MAX_LOCK_BYTES)
    except PermissionError:  # Excel keeps it to itself
        return ""
    if program == "Excel" and content:
        text = content[1 : 1 + content[0]].decode("cp1252", "replace").strip()
    else:
        text = content.partition(b",")[0].decode(errors="replace").strip()
    return f" by {text}" if text.isprintable() and text else ""


def _others(path: Path) -> Iterator[Path]:
    """Yield the files whose name is this one's with something before or after: "(1)", "-PC", "_conflict-2026…"."""
    named = re.compile(rf"(?<![^\W_]){re.escape(path.stem)}(?![^\W_]).*", re.IGNORECASE)
    for other in path.parent.iterdir() if path.parent.is_dir() else ():
        kind, name = path.suffix.casefold(), other.name.casefold()
        ends = name.endswith(kind) or (kind in name and "conflict" in name)
        if ends and other.name != path.name and not name.startswith(("~$", ".")) and named.search(other.stem):
            yield other


def _may_be_ours(other: Path) -> bool:
    """Say whether it has our lists, or can't be looked into."""
    try:
        with ZipFile(other) as archive:
            contents = archive.getinfo("xl/workbook.xml")
            return contents.file_size > MAX_CONTENTS_BYTES or LISTS.encode() in archive.read(contents)
    except Exception:  # noqa: BLE001 damaged archives raise five kinds of errors
        return other.is_file()
