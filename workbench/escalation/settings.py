"""What `workbench.toml` says under `[escalation]`: which way to the operator, when, and when not."""

from __future__ import annotations

from datetime import time
from decimal import Decimal
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from opc_kernel.money import AmountText
from workbench.connector_settings import Address, is_loopback

Channel = Literal["mail", "webhook"]
SECRET = "{secret}"  # noqa: S105 - the place of one, not one


def _is_hook(given: str) -> str:
    parts = urlsplit(given)
    safe = parts.scheme == "https" or (parts.scheme == "http" and is_loopback(parts.hostname or ""))
    if given and (not safe or not parts.hostname or parts.username or parts.password or parts.fragment):
        raise ValueError("webhook is an https address without user or password; http only on this machine")
    if SECRET in parts.netloc:
        raise ValueError(f"webhook has {SECRET} in its host; it may stand in the path alone")
    return given


def account_of(url: str) -> str:
    """Return how a webhook's account is called: the host, for the rest of an address may be a secret."""
    return urlsplit(url).hostname or "webhook"


class EscalationSettings(BaseModel):
    """The ladder. Off until a channel is named."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    mail: Address | None = None
    """The operator's own address; messages go there through the connector `mail`."""
    webhook: Annotated[str, AfterValidator(_is_hook)] = ""
    """Where messages are posted; `{secret}` in it stands for the secret `webhook`."""
    digest_at: time = time(8)
    urgent_after_h: float = Field(default=48, gt=0)
    """So long may a thing wait before it is urgent."""
    urgent_amount: AmountText = "1000"
    """In the base currency: where as much is at stake, it is urgent at once."""
    expiring_h: float = Field(default=24, gt=0)
    """A row that expires within so many hours is on the ladder."""
    urgent_before_h: float = Field(default=3, gt=0)
    """So many hours before it expires, a row is urgent."""
    quiet_from: time = time(20)
    quiet_to: time = time(7)
    """No message between the two, on the company's clock; alike, there are no quiet hours."""

    @property
    def channel(self) -> Channel | None:
        """Which way messages go; None while escalation is off."""
        return "mail" if self.mail else "webhook" if self.webhook else None

    @property
    def limit(self) -> Decimal:
        """`urgent_amount` to compare with."""
        return Decimal(self.urgent_amount)

    @model_validator(mode="after")
    def _one_way(self) -> EscalationSettings:
        if self.mail and self.webhook:
            raise ValueError("name one channel, mail or webhook")
        if any(each.tzinfo is not None for each in (self.digest_at, self.quiet_from, self.quiet_to)):
            raise ValueError("digest_at, quiet_from and quiet_to are times of the company's own clock")
        return self
