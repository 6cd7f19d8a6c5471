"""A company that hears of firms: one capture, one event, and a way to look at what is remembered."""

from contextlib import suppress
from datetime import date

from pydantic import Field

from opc_kernel import contents
from opc_kernel.errors import KernelError
from opc_kernel.event import ANY_VERSION, EventData, Registry, Write
from opc_kernel.log.durable import DurableLog
from opc_kernel.memory.capture import Capture, Keeps, Meets, Says, Who
from opc_kernel.memory.lines import NOW
from opc_kernel.memory.profile import profile
from opc_kernel.memory.remembering import Remembering
from opc_kernel.testing import FrozenClock


class Heard(EventData, type="test.heard"):
    """Somebody said something."""

    firm: str
    about: dict[str, str] = Field(default_factory=dict)
    on: date | None = None
    account: str = ""
    mailbox: str = ""
    words: str = ""


def observe(source):
    data = source.data
    named = {name: value for name, value in (("account", data.account), ("email", data.mailbox)) if value}
    who = Who(kind="firm", name=data.firm, identifiers=named)
    words = (Keeps(kind="note", text=data.words, about=(who,)),) if data.words else ()
    return (
        Meets(who=who),
        *(
            Says(who=who, predicate=predicate, value=value, valid_from=data.on)
            for predicate, value in data.about.items()
        ),
        *words,
    )


class Shop:
    def __init__(self, folder):
        self.clock = FrozenClock()
        self.log = DurableLog(
            folder,
            Registry((*contents.EVENTS, Heard)),
            read_models=contents.READ_MODELS,
            views=contents.VIEWS,
            clock=self.clock,
        )

    def remembering(self):
        return Remembering(self.log, [Capture(event=Heard, observe=observe)], region="DE")

    def hears(self, firm, **what):
        write = Write(stream="test/1", data=Heard(firm=firm, **what), actor="me")
        self.log.append([write], expected={"test/1": ANY_VERSION})
        self.remembering().catch_up()
        return write.event_id

    def facts(self, columns="predicate, value"):
        return self.log.query(f"SELECT {columns} FROM fact WHERE stands ORDER BY predicate, value").rows

    def names(self):
        return [name for (name,) in self.log.query("SELECT name FROM entity ORDER BY position").rows]

    def questions(self):
        return self.log.query("SELECT stands, value FROM contradiction").rows

    def memory_events(self):
        sql = "SELECT count(*) FROM event WHERE starts_with(type, 'memory.') AND type <> 'memory.caught_up'"
        return self.log.query(sql).rows[0][0]

    def entity(self, name):
        return self.log.query("SELECT stream FROM entity WHERE name = $name", name=name).rows[0][0]

    def change(self, change):
        self.log.append(change.writes, expected=change.expected)

    def tries(self, change, *names, **how):
        """Do what may not be possible now."""
        with suppress(KernelError):
            self.change(change(self.log, *names, actor="me", **how))

    def end(self):
        return self.log.query("SELECT max(position) FROM event").rows[0][0]

    def pages(self, position=NOW):
        streams = self.log.query("SELECT stream FROM entity ORDER BY position").rows
        return {stream: profile(self.log, stream, position=position) for (stream,) in streams}
