"""A call to a model as events of its own stream: reserved before it is made, then answered, malformed or failed."""

from __future__ import annotations

import re
from datetime import date
from decimal import ROUND_CEILING, Decimal
from typing import Annotated

from pydantic import AfterValidator, Field

from opc_kernel.event import EventData
from opc_kernel.log.read_model import ReadModel, View
from opc_kernel.models.settings import TierName
from opc_kernel.money import Currency
from opc_kernel.text import Text

PLACES = 8
"""A token costs less than the four places of money: the price of a call is kept to the last of them."""
STEP = Decimal(10) ** -PLACES
PER = 1_000_000
COST = re.compile(r"\d{1,11}(\.\d{1,8})?", re.ASCII)


def _is_cost(text: str) -> str:
    if not COST.fullmatch(text):
        raise ValueError("not a cost")
    return text


Cost = Annotated[str, AfterValidator(_is_cost)]
"""A decimal string in the currency of the call, up to eight places: DECIMAL(19,8) in SQL."""


def cost_of(sent: int, received: int, prices: tuple[Decimal, Decimal]) -> Decimal:
    """Return what tokens cost at prices per million, rounded up at the eighth place."""
    exact = (sent * prices[0] + received * prices[1]) / PER
    return exact.quantize(STEP, rounding=ROUND_CEILING)


def cost_text(cost: Decimal) -> str:
    """Return a cost as it stands in events."""
    return f"{cost:.{PLACES}f}".rstrip("0").rstrip(".")


class _Asked(EventData):
    task: str | None = None
    capability: str
    customer: str | None = None
    purpose: str
    prompt: str
    prompt_version: int
    request: str
    """Digest of everything that was asked: prompt, inputs and the shape of the answer."""
    tier: TierName
    host: str
    model: str
    day: date
    """The company's day."""


class ModelCallReserved(_Asked, type="model.call_reserved"):
    """A call is about to be made, and may cost so much."""

    turn: int = Field(default=1, ge=1)
    """A further turn follows an answer that could not be read."""
    at_most: Cost
    currency: Currency
    disclosed: tuple[str, ...] = ()
    """The inputs that leave the machine with it; empty where the endpoint is the company's own."""
    remote: bool = False


class ModelCallAnswered(EventData, type="model.call_answered"):
    """The answer came."""

    answer: Text
    sent_tokens: int
    received_tokens: int
    cost: Cost
    stated: bool = True
    """Whether the endpoint said how many tokens it took; else the reserved ones count."""
    duration_ms: int


class ModelCallMalformed(EventData, type="model.call_malformed"):
    """An answer came that is not what was asked for."""

    reason: Text
    sent_tokens: int
    received_tokens: int
    cost: Cost
    stated: bool = True
    duration_ms: int


class ModelCallFailed(EventData, type="model.call_failed"):
    """No answer came. Where nobody knows what that cost, it counts with all that was reserved."""

    reason: Text
    transient: bool
    cost: Cost
    duration_ms: int


class ModelCallRefused(_Asked, type="model.call_refused"):
    """A call was not made."""

    cause: str
    reason: Text


class ModelAnswerReused(_Asked, type="model.answer_reused"):
    """A recorded answer took the place of a call."""

    call: str
    """The stream of the call that was made for it."""


class ModelMoneyTaken(EventData, type="model.money_taken"):
    """A call of this day was reserved: whoever reserves rests on the version of the day."""

    call: str


EVENTS: tuple[type[EventData], ...] = (
    ModelCallReserved,
    ModelCallAnswered,
    ModelCallMalformed,
    ModelCallFailed,
    ModelCallRefused,
    ModelAnswerReused,
    ModelMoneyTaken,
)
READ_MODELS = (ReadModel.load("opc_kernel.models", "model_call"),)
VIEWS = (
    View.load("opc_kernel.models", "model_spend"),
    View.load("opc_kernel.models", "model_disclosure"),
    View.load("opc_kernel.models", "model_verdict"),
)


def day_stream(day: date) -> str:
    """Return the stream on which a day's reservations take turns."""
    return f"model_day/{day.isoformat()}"
