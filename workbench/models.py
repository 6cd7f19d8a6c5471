"""What a person asks about models: which are set, what they cost so far, and whether they answer."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from opc_kernel.errors import KernelError
from opc_kernel.models.port import Answer, Use
from opc_kernel.models.prompt import Inputs, Prompt
from opc_kernel.models.settings import TIERS, ModelSettings, Route, TierName
from opc_kernel.sql import load_sql
from workbench import composition
from workbench.company import Company, account


class NoTier(KernelError):
    """A tier is named that is not set."""

    def __init__(self, name: str, settings: ModelSettings) -> None:
        known = ", ".join(settings.tiers)
        super().__init__(
            f"{name!r} is not set."
            if name in TIERS
            else f"{name!r} is no tier; they are {', '.join(TIERS)}.",
            f"Set are: {known}."
            if known
            else "Name an endpoint and a model in workbench.toml: [models.small].",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Spend:
    """What was spent in a time."""

    time: str
    calls: int
    reused: int
    refused: int
    cost: Decimal
    currency: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """Whether a tier answered, and how long that took."""

    tier: TierName
    model: str
    host: str
    answered: bool
    told: str
    duration_ms: int


def routes(settings: ModelSettings, names: Sequence[str] = ()) -> list[Route]:
    """Return the tiers that are set, or those named. Raises NoTier."""
    for name in names:
        if name not in settings.tiers:
            raise NoTier(name, settings)
    if not settings.tiers:
        raise NoTier("small", settings)
    wanted = [name for name in settings.tiers if not names or name in names]
    return [route for name in wanted if (route := settings.route_to(name)) is not None]


def spend_now(company: Company) -> list[Spend]:
    """Return what was spent today and in this month, in the currency of the settings."""
    today = company.today
    return [_spend(company, "today", today), _spend(company, f"since {today:%Y-%m}-01", today.replace(day=1))]


def check(company: Company, names: Sequence[str] = ()) -> Iterator[Checked]:
    """Ask each tier for one word; a call like any other, with nothing of the company in it. Raises NoTier."""
    port = composition.models(company, company.settings, company.folder, clock=company.clock)
    prompt = Prompt.load("opc_kernel.models", "check", inputs=Inputs, output=str)
    use = Use(capability="workbench", actor=account())
    for route in routes(company.settings.models, names):
        started = time.monotonic()
        answer = port.text(prompt, Inputs(), use=use, tier=route.name, fresh=True)
        yield Checked(
            tier=route.name,
            model=route.tier.model,
            host=route.tier.host,
            answered=isinstance(answer, Answer),
            told="it answered" if isinstance(answer, Answer) else answer.reason,
            duration_ms=round((time.monotonic() - started) * 1000),
        )


def records(company: Company) -> Iterator[dict[str, Any]]:
    """Yield everything that is set and spent, each record with what it is."""
    settings = company.settings.models
    for route in routes(settings) if settings.tiers else ():
        yield {"record": "tier", "tier": route.name, "local": route.local, **route.tier.model_dump()}
    for purpose, tier in sorted(settings.purposes.items()):
        yield {"record": "purpose", "purpose": purpose, "tier": tier}
    for spend in spend_now(company):
        yield {"record": "spend", **asdict(spend)}
    yield {"record": "caps", "currency": settings.currency, **settings.caps.model_dump()}


def _spend(company: Company, name: str, since: date) -> Spend:
    currency = company.settings.models.currency
    row = company.query(load_sql("workbench", "model_spend_since"), since=since, currency=currency).one()
    assert row is not None, "an aggregate has one row"
    return Spend(time=name, currency=currency, **row)
