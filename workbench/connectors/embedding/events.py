"""What is recorded of texts that go to a model of meaning elsewhere."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence

from opc_kernel.event import ANY_VERSION, EventData, Write
from opc_kernel.ids import new_id
from opc_kernel.log.protocol import EventLog

ACTOR = "recall"


class TextsDisclosed(EventData, type="memory.texts_disclosed"):
    """Texts go to a host, to be turned into vectors; named by digest, for an item's words stand in its own event."""

    host: str
    model: str
    digests: tuple[str, ...]


EVENTS: tuple[type[EventData], ...] = (TextsDisclosed,)


def recording(log: EventLog) -> Callable[[str, str, Sequence[str]], None]:
    """Return what records a disclosure before it is made; what the log refuses does not leave."""

    def disclosed(host: str, model: str, texts: Sequence[str]) -> None:
        digests = tuple(hashlib.sha256(text.encode()).hexdigest() for text in texts)
        stream = f"embedding/{new_id()}"
        data = TextsDisclosed(host=host, model=model, digests=digests)
        log.append([Write(stream=stream, data=data, actor=ACTOR)], expected={stream: ANY_VERSION})

    return disclosed
