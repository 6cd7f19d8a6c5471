"""The folder site: a page is there whole or not at all; what is not ours, or was edited since, is never touched."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from types import MappingProxyType

from opc_kernel.effects.connector import (
    Absent,
    Acted,
    CannotTell,
    Checked,
    Finding,
    Found,
    NotDone,
    Sent,
    Unclear,
)
from opc_kernel.effects.intent import EffectKind, Order
from opc_kernel.log.files import UNSYNCABLE, write_fully
from workbench.connectors.site.page import MAX_BYTES, PageRefused, file_name, page, recognised
from workbench.connectors.words import cause

NAME = "site"
TAKE_DOWN = "site.unpublish"
KINDS: Mapping[str, EffectKind] = MappingProxyType(
    {
        "site.publish": EffectKind(
            name="site.publish", undo="undo", does="Publish a page", editable=True, gated=True
        ),
        # the words are not kept at the site: what was taken down is published anew
        "site.unpublish": EffectKind(
            name="site.unpublish", undo="soften", does="Take a page down", gated=True
        ),
    }
)
MAX_READ = MAX_BYTES + 1_000
PAGE_MODE = 0o644
"""A site is read by others: its web server, say."""
NOT_SEEN = (FileNotFoundError, NotADirectoryError)


class Site:
    """Pages in one folder. `make`: the folder is made where it is missing, as a sandbox's is."""

    def __init__(self, folder: Path, *, account: str, make: bool = False) -> None:
        self._folder = folder
        self._make = make
        self.account = account

    @property
    def name(self) -> str:
        """See Connector.name."""
        return NAME

    @property
    def kinds(self) -> Mapping[str, EffectKind]:
        """See Connector.kinds."""
        return KINDS

    def act(self, order: Order) -> Acted:
        """Publish the page under its slug. Once more is the same page; another's, or an edited one, stays."""
        if order.intent.kind == TAKE_DOWN:
            return self._taken_down(order)
        try:
            name, content = file_name(order.intent.target), page(order.key, order.intent)
        except PageRefused as refused:
            return NotDone(reason=str(refused), lasting=True)
        try:
            with self._opened() as folder:
                return _put(folder, name, order.key, content) or _beside(folder, name, order.key, content)
        except OSError as error:
            return self._undone(error)

    def find(self, order: Order) -> Finding:
        """Look for the key in the page's front matter."""
        try:
            name = file_name(order.intent.target)
            with self._opened() as folder:
                there = recognised(_read(folder, name) or b"")
        except PageRefused as refused:
            return Absent(reason=str(refused))
        except OSError as error:
            return CannotTell(reason=f"the folder can't be read: {cause(error)}")
        return _finding(name, there is not None and there.key == _page_of(order), order)

    def undo(self, order: Order, reference: str) -> Acted:
        """Take the page away; one that is gone already is no fault, one that was edited stays."""
        if order.intent.kind == TAKE_DOWN:
            return NotDone(reason="what was taken down has to be published anew", lasting=True)
        return self._taken_down(order, reference)

    def _taken_down(self, order: Order, reference: str = "") -> Acted:
        try:
            with self._opened() as folder:
                return _take_away(folder, reference or order.intent.target, order)
        except OSError as error:
            return self._undone(error)

    def check(self) -> Checked:
        """Look whether the folder is there and may be written to."""
        try:
            with self._opened() as folder:
                pages = sum(name.endswith(".md") for name in os.listdir(folder))  # noqa: PTH208 - by descriptor
        except OSError as error:
            return Checked(ok=False, told=f"{self._folder} can't be used: {cause(error)}.")
        if not os.access(self._folder, os.W_OK | os.X_OK):
            return Checked(ok=False, told=f"{self._folder} can't be written to by this user.")
        return Checked(ok=True, told=f"{self._folder} can be written to; {pages} pages lie there.")

    @contextmanager
    def _opened(self) -> Iterator[int]:
        """Hold the folder open: whatever is done by name then is done in this very folder."""
        if self._make:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(self._folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            yield descriptor
        finally:
            os.close(descriptor)

    def _undone(self, error: OSError) -> NotDone:
        return NotDone(reason=f"{self._folder} can't be written: {cause(error)}")


def _put(folder: int, name: str, key: str, content: bytes) -> Acted | None:
    """Put a whole file where none is; None when one is there. A link never replaces, as a rename would."""
    aside = f".{name}.{key}.tmp"
    _forget(folder, aside)  # a crash may have left it
    try:
        _write_synced(folder, aside, content)
        os.link(aside, name, src_dir_fd=folder, dst_dir_fd=folder, follow_symlinks=False)
    except FileExistsError:
        return None
    finally:
        _forget(folder, aside)
    return _synced(folder, name)


def _write_synced(folder: int, name: str, content: bytes) -> None:
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
    descriptor = os.open(name, flags, PAGE_MODE, dir_fd=folder)
    try:
        write_fully(descriptor, content)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _forget(folder: int, name: str) -> None:
    """Remove what is hidden and nobody's page; where that fails it changes nothing about the page."""
    with suppress(OSError):
        os.unlink(name, dir_fd=folder)


def _synced(folder: int, name: str) -> Acted:
    """Tell that it is done, once a power cut could not undo it; it can be seen already."""
    try:
        os.fsync(folder)
    except OSError as error:
        if error.errno not in UNSYNCABLE:
            return Unclear(reason=f"the folder could not be synced: {cause(error)}")
    return Sent(reference=name)


def _beside(folder: int, name: str, key: str, wanted: bytes) -> Acted:
    """Say what it means that a file of this name is there already."""
    there = _read(folder, name)
    if there == wanted:
        return _synced(folder, name)
    found = recognised(there or b"")
    if found is None or found.key != key:
        return NotDone(reason=f"{name} is there already and is another page", lasting=True)
    if not found.untouched:
        return NotDone(reason=f"{name} was edited since it was published", lasting=True)
    return NotDone(reason=f"{name} was published with other words", lasting=True)


def _page_of(order: Order) -> str:
    """Return the key of the page that an order is about: its own, or the one it takes down."""
    return str(order.intent.fields.get("page", "")) if order.intent.kind == TAKE_DOWN else order.key


def _finding(name: str, is_there: bool, order: Order) -> Finding:
    if is_there != (order.intent.kind == TAKE_DOWN):
        return Found(reference=name)
    return Absent(reason=f"{name} is still there" if is_there else f"{name} is not this page")


def _take_away(folder: int, reference: str, order: Order) -> Acted:
    try:
        name = file_name(order.intent.target)
    except PageRefused as refused:
        return NotDone(reason=str(refused), lasting=True)
    there = _read(folder, name)
    if there is None:
        return Sent(reference=reference)
    found = recognised(there)
    if found is None or found.key != _page_of(order):
        return NotDone(reason=f"{name} is another page now", lasting=True)
    if not found.untouched:
        return NotDone(reason=f"{name} was edited since it was published", lasting=True)
    os.unlink(name, dir_fd=folder)
    return _synced(folder, name)


def _read(folder: int, name: str) -> bytes | None:
    """Return what lies under a name, not following links; None for nothing, and for what is no readable file."""
    try:
        descriptor = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=folder)
    except NOT_SEEN:
        return None
    except OSError:
        return b""
    try:
        return os.read(descriptor, MAX_READ) if stat.S_ISREG(os.fstat(descriptor).st_mode) else b""
    finally:
        os.close(descriptor)
