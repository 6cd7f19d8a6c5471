"""A company whose memory is written down directly, one item a line, and a way to see what became of each."""

from datetime import UTC, datetime

from opc_kernel import contents
from opc_kernel.event import ANY_VERSION, Registry, Write
from opc_kernel.log.durable import DurableLog
from opc_kernel.memory.item import ItemKept
from workbench.memory.consolidation import Consolidation
from workbench.memory_settings import MemorySettings

POLICY = MemorySettings(sum_up_after_days=30, sum_up_series_after_days=5, sum_up_items=3, fade_after_days=90)


class Memories:
    """Items by short names; a source event stands behind each."""

    def __init__(self, log, clock):
        self.log, self.clock = log, clock

    def keep(self, name, text, *, day="2026-10-30", kind="note", about=("entity/acme",), **more):
        at = datetime.fromisoformat(day).replace(tzinfo=UTC)
        data = ItemKept(kind=kind, text=text, entities=about, sources=(f"e-{name}",), **more)
        write = Write(stream=f"item/{name}", data=data, actor="me", occurred_at=at)
        self.append([write])

    def append(self, writes):
        self.log.append(writes, expected={write.stream: ANY_VERSION for write in writes})

    def consolidation(self, **more):
        return Consolidation(self.log, POLICY, clock=self.clock, **more)

    def run(self, **more):
        return dict(self.consolidation(**more).run())

    def states(self):
        rows = self.log.query(
            "SELECT stream, state FROM memory_item WHERE kind <> 'summary' ORDER BY stream"
        ).rows
        return {stream.removeprefix("item/"): state for stream, state in rows}

    def summaries(self):
        sql = "SELECT text FROM memory_item WHERE kind = 'summary' AND state = 'kept' ORDER BY position"
        return [text for (text,) in self.log.query(sql).rows]

    def into(self, name):
        (row,) = self.log.query(
            "SELECT folded_into FROM memory_item WHERE stream = $stream", stream=f"item/{name}"
        ).rows
        return row[0]


def opened(folder, clock, **options):
    """Open a log that knows memory and no more."""
    registry = Registry(contents.EVENTS)
    models, views = contents.READ_MODELS, contents.VIEWS
    return DurableLog(folder, registry, read_models=models, views=views, clock=clock, **options)


def a_talk(memory, conversation="talk", month="2026-08"):
    for place, (speaker, text) in enumerate(
        [
            ("Anna", "We will deliver the new sign by 12 August."),
            ("Ben", "Thanks, that is good news."),
            ("Anna", "It costs 1,450.00 EUR with the lamp."),
            ("Ben", "Thanks, that is good news."),
        ]
    ):
        memory.keep(
            f"{conversation}{place}", text, day=f"{month}-0{place + 1}", speaker=speaker,
            conversation=conversation, place=place, kind="mail",
        )  # fmt: skip
