"""What a company's settings say about models: tiers, which purpose uses which, caps, and which hosts are its own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from ipaddress import ip_address
from typing import Annotated, Literal, get_args
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from opc_kernel.money import AmountText, Currency

TierName = Literal["small", "medium", "large"]
TIERS: tuple[TierName, ...] = get_args(TierName)
EVERY_OTHER = "*"
MAX_PRICE = 1_000_000
"""Per million tokens; what any number of tokens costs then has a place in a column."""


def _not_negative(amount: str) -> str:
    if Decimal(amount) < 0:
        raise ValueError(f"{amount} is less than nothing")
    return amount


def _no_fortune(amount: str) -> str:
    if Decimal(amount) > MAX_PRICE:
        raise ValueError(f"{amount} for a million tokens is no price")
    return amount


def _address(url: str) -> str:
    """Refuse what is no plain address; what it holds is never told: it may be a secret."""
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError("an endpoint is an address such as http://127.0.0.1:11434/v1")
    if parts.username or parts.password or parts.query or parts.fragment:
        raise ValueError("an endpoint's address holds no user, key or query; see 'workbench model connect'")
    return url.rstrip("/")


Amount = Annotated[AmountText, AfterValidator(_not_negative)]
Price = Annotated[Amount, AfterValidator(_no_fortune)]
Address = Annotated[str, AfterValidator(_address)]


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Tier(_Section):
    """One model at one endpoint, and what it costs per million tokens."""

    endpoint: Address
    model: str = Field(min_length=1)
    api: Literal["openai", "anthropic"] = "openai"
    remote: bool = False
    """Whether an endpoint on this machine passes requests on: then it counts as one elsewhere."""
    price_in: Price | None = None
    price_out: Price | None = None
    max_output_tokens: int = Field(default=2_000, ge=1, le=200_000)
    timeout_s: float = Field(default=60, gt=0, le=600)
    structured: Literal["schema", "prompt"] = "schema"
    """Whether the endpoint is sent the JSON schema of an answer, or told it in words alone."""

    @property
    def host(self) -> str:
        """Host and port, as a key is kept for them."""
        return urlsplit(self.endpoint).netloc.lower()

    @property
    def hostname(self) -> str:
        """The host alone."""
        return urlsplit(self.endpoint).hostname or ""

    @property
    def prices(self) -> tuple[Decimal, Decimal]:
        """What a million tokens cost, in and out."""
        return Decimal(self.price_in or 0), Decimal(self.price_out or 0)


class Caps(_Section):
    """What may be spent at most, in the currency of the prices; each stops a call before it is made."""

    call: Amount = "0.25"
    task: Amount = "1.00"
    day: Amount = "5.00"
    capability: Mapping[str, Amount] = Field(default_factory=dict)
    """A day, by capability."""
    customer: Mapping[str, Amount] = Field(default_factory=dict)
    """A day, by customer; "*" is every other."""
    calls_per_task: int = Field(default=50, ge=0)
    calls_per_day: int = Field(default=2_000, ge=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """Where a call goes."""

    name: TierName
    tier: Tier
    local: bool
    """Whether the endpoint runs on a machine of the company's own."""


class ModelSettings(_Section):
    """The section `[models]`."""

    currency: Currency = "USD"
    """Of all prices and caps."""
    local_hosts: tuple[str, ...] = ()
    """Hosts that are the company's own, beside this machine."""
    small: Tier | None = None
    medium: Tier | None = None
    large: Tier | None = None
    purposes: Mapping[str, TierName] = Field(default_factory=dict)
    caps: Caps = Caps()

    @model_validator(mode="after")
    def _is_safe(self) -> ModelSettings:
        for name, tier in self.tiers.items():
            if self.is_local(tier):
                continue
            if not self._is_ours(tier.hostname) and not tier.endpoint.startswith("https:"):
                raise ValueError(f"{name}: {tier.host} is not on this machine: its address must be https")
            if tier.price_in is None or tier.price_out is None:
                raise ValueError(f"{name}: price_in and price_out are needed, or no cap could hold")
        return self

    @property
    def tiers(self) -> dict[TierName, Tier]:
        """The tiers that are set, smallest first."""
        every = {"small": self.small, "medium": self.medium, "large": self.large}
        return {name: every[name] for name in TIERS if every[name] is not None}  # type: ignore[misc] # not None

    def is_local(self, tier: Tier) -> bool:
        """Whether what a tier is sent stays on this machine, or on one that the settings name as the company's own."""
        return not tier.remote and self._is_ours(tier.hostname)

    def route(self, purpose: str, needed: TierName) -> Route | None:
        """Return where a purpose's calls go: to its tier, or where that is not set, the next larger, else smaller."""
        wanted = TIERS.index(self.purposes.get(purpose, needed))
        return self.route_to(TIERS[wanted])

    def route_to(self, wanted: TierName) -> Route | None:
        """Return the route of a tier, or of the nearest one that is set."""
        at = TIERS.index(wanted)
        for name in (*TIERS[at:], *reversed(TIERS[:at])):
            if (tier := self.tiers.get(name)) is not None:
                return Route(name=name, tier=tier, local=self.is_local(tier))
        return None

    def _is_ours(self, host: str) -> bool:
        return is_own_host(host, self.local_hosts)


def is_own_host(host: str, named: Iterable[str]) -> bool:
    """Whether a host is this machine, or one of those named as the company's own."""
    return host == "localhost" or host in {name.lower() for name in named} or _is_loopback(host)


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
