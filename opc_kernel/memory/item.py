"""Items: what was said and written, word for word, with whom it is about; facts and summaries lead back to it."""

from __future__ import annotations

from typing import Literal

from opc_kernel.event import EventData
from opc_kernel.log.read_model import ReadModel
from opc_kernel.text import Text

ItemKind = Literal["mail", "note", "transcript", "draft", "document", "decision", "summary"]


class ItemKept(EventData, type="memory.item_kept"):
    """Something said or written is remembered; when that was is the event's `occurred_at`."""

    kind: ItemKind
    title: Text = ""
    text: Text
    entities: tuple[str, ...] = ()
    conversation: str | None = None
    place: int | None = None
    """Its number within the conversation."""
    speaker: Text = ""
    sources: tuple[str, ...]
    """Ids of the events it comes from; of a summary, of those it stands for."""
    local_only: bool = False
    """Whether it must not leave this machine, as what a bank says."""


class ItemFolded(EventData, type="memory.item_folded"):
    """Another item speaks for it: a summary, or its equal. It stays in the log and is found by that one."""

    into: str
    reason: Text


class ItemFaded(EventData, type="memory.item_faded"):
    """Nobody used it for as long as the policy says: it is recalled no more, and stays in the log."""

    policy: str
    reason: Text


class ItemRestored(EventData, type="memory.item_restored"):
    """It is recalled again."""

    reason: Text
    account: str = ""


EVENTS: tuple[type[EventData], ...] = (ItemKept, ItemFolded, ItemFaded, ItemRestored)
ITEM = ReadModel.load("opc_kernel.memory", "memory_item", category="item")
READ_MODELS = (ITEM,)


def items_then(question: str) -> str:
    """Return a question about `item_then` as one about the items as they were when the log ended at `$position`."""
    return f"WITH item_then AS (\n{ITEM.then()}\n)\n{question}"


def items_now(question: str) -> str:
    """Return a question about `item_then` as one about the items as they are."""
    return f"WITH item_then AS (FROM memory_item)\n{question}"
