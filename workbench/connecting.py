"""The company's connectors as the operator sees them: in which mode each is, how it stands, and switching it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from opc_kernel.effects.connector import Checked, Connector, Pair
from opc_kernel.effects.intent import Mode
from opc_kernel.effects.standing import ConnectorChecked, ConnectorSwitched, connector_stream, mode_of
from opc_kernel.errors import KernelError
from opc_kernel.event import ANY_VERSION, EventData, Write
from opc_kernel.log.errors import Displaced
from opc_kernel.log.place import look
from workbench import composition
from workbench.company import Company, account, given_id
from workbench.settings import FILE

STANDING = (
    "SELECT stream, mode, breaker, until, failures, check_ok, check_told, checked_at FROM connector "
    "WHERE stream IN (SELECT unnest($streams::VARCHAR[]))"
)
COUNTS = (
    "SELECT connector, account, mode, state, count(*) AS effects FROM effect "
    "GROUP BY connector, account, mode, state"
)


class NoConnector(KernelError):
    """A name that no connector has."""

    def __init__(self, name: str, known: str) -> None:
        super().__init__(
            f"There is no connector {name!r}.", f"They are {known}; see 'workbench connector list'."
        )


class NotSetUp(KernelError):
    """A connector that the settings don't name can't be used for real."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"{name} is not set up: it can only be rehearsed.",
            f"Name its account in {FILE}, under [connectors.{name}].",
        )


class CheckFailed(KernelError):
    """A connector whose check fails stays in the sandbox."""

    def __init__(self, name: str, told: str) -> None:
        super().__init__(
            f"{name} stays in the sandbox: {told}",
            f"Put that right and try again; 'workbench connector check {name}' changes nothing.",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """One connector's account: its mode, its breaker, its last check, and both ledgers side by side."""

    name: str
    account: str
    set_up: bool
    mode: Mode
    breaker: str
    until: datetime | None
    failures: int
    check_ok: bool | None
    check_told: str
    checked_at: datetime | None
    sandbox: Counter[str]
    production: Counter[str]


def standings(company: Company) -> list[Standing]:
    """Return how every connector stands, by name."""
    pairs = composition.connectors(company.settings, company.folder, clock=company.clock)
    streams = {connector_stream(pair.sandbox): pair for pair in pairs.values()}
    rows = {row["stream"]: row for row in company.query(STANDING, streams=list(streams)).dicts()}
    counts = company.query(COUNTS).dicts()
    return [_standing(pair, rows.get(stream, {}), counts) for stream, pair in sorted(streams.items())]


def check(company: Company, name: str) -> Checked:
    """Talk to a connector's provider without changing anything there, and record what it told.

    Raises NoConnector, NotSetUp.
    """
    connector = _real(company, name)
    return _checked(company, connector)


def to_production(company: Company, name: str) -> Checked:
    """Let a connector act for real, once its check passes; what was rehearsed before stays rehearsed.

    Raises NoConnector, NotSetUp, CheckFailed; Displaced for a folder that may be a copy of the company.
    """
    connector = _real(company, name)
    if reason := look(company.folder, given_id(company.folder)):
        raise Displaced(reason)
    checked = _checked(company, connector)
    if not checked.ok:
        raise CheckFailed(name, checked.told)
    _switch(company, connector, "production", checked.told)
    return checked


def to_sandbox(company: Company, name: str) -> None:
    """Let a connector only rehearse from now on. Raises NoConnector."""
    _switch(company, _pair(company, name).sandbox, "sandbox", "")


def _pair(company: Company, name: str) -> Pair:
    pairs = composition.connectors(company.settings, company.folder, clock=company.clock)
    if name not in pairs:
        raise NoConnector(name, ", ".join(sorted(pairs)))
    return pairs[name]


def _real(company: Company, name: str) -> Connector:
    connector = _pair(company, name).production
    if connector is None:
        raise NotSetUp(name)
    return connector


def _checked(company: Company, connector: Connector) -> Checked:
    checked = connector.check()
    _record(
        company,
        connector,
        ConnectorChecked(
            connector=connector.name, account=connector.account, ok=checked.ok, told=checked.told
        ),
    )
    return checked


def _switch(company: Company, connector: Connector, mode: Mode, told: str) -> None:
    if mode_of(company, connector) == mode:
        return
    _record(
        company,
        connector,
        ConnectorSwitched(connector=connector.name, account=connector.account, mode=mode, told=told),
    )


def _record(company: Company, connector: Connector, data: EventData) -> None:
    stream = connector_stream(connector)
    company.append(
        [Write(stream=stream, data=data, actor=account(), source="cli")], expected={stream: ANY_VERSION}
    )


def _standing(pair: Pair, row: dict[str, Any], counts: list[dict[str, Any]]) -> Standing:
    connector = pair.sandbox
    return Standing(
        name=connector.name,
        account=connector.account,
        set_up=pair.production is not None,
        mode=row.get("mode", "sandbox"),
        breaker=row.get("breaker", "closed"),
        until=row.get("until"),
        failures=row.get("failures", 0),
        check_ok=row.get("check_ok"),
        check_told=row.get("check_told") or "",
        checked_at=row.get("checked_at"),
        sandbox=_effects(counts, connector, "sandbox"),
        production=_effects(counts, connector, "production"),
    )


def _effects(counts: list[dict[str, Any]], connector: Connector, mode: Mode) -> Counter[str]:
    wanted = (connector.name, connector.account, mode)
    return Counter(
        {
            row["state"]: row["effects"]
            for row in counts
            if (row["connector"], row["account"], row["mode"]) == wanted
        }
    )
