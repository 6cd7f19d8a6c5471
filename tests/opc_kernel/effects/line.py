"""A connector of which only the name counts, and a log that knows how it stands."""

from dataclasses import dataclass

from opc_kernel import contents
from opc_kernel.effects.account_traffic import AccountTraffic
from opc_kernel.effects.standing import connector_stream
from opc_kernel.event import Registry
from opc_kernel.log.durable import DurableLog
from opc_kernel.testing import FrozenClock


@dataclass
class Line:
    name: str = "mail"
    account: str = "me@example.com"


class Exchange:
    """`traffic` is this process's; `another()` is that of another worker over the same log."""

    def __init__(self, folder, policies=None):
        self.clock = FrozenClock()
        self.log = DurableLog(
            folder,
            Registry(contents.EVENTS),
            read_models=contents.READ_MODELS,
            views=contents.VIEWS,
            clock=self.clock,
        )
        self.policies = policies
        self.traffic = self.another()

    def another(self):
        return AccountTraffic(self.log, clock=self.clock, policies=self.policies)

    def types(self, line):
        rows = self.log.query(
            "SELECT type FROM event WHERE stream = $stream ORDER BY position", stream=connector_stream(line)
        )
        return [kind.removeprefix("connector.") for (kind,) in rows.rows]

    def state(self, line):
        row = self.log.query(
            "SELECT breaker, failures FROM connector WHERE stream = $stream", stream=connector_stream(line)
        ).one()
        return (row["breaker"], row["failures"]) if row else ("closed", 0)
