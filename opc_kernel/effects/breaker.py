"""The breaker, pure: whether the next call of an account may pass, and what is recorded of what the last one told."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from opc_kernel.effects.connector import Acted, NotDone, Sent, Unclear
from opc_kernel.effects.standing import BreakerClosed, BreakerOpened, CallFailed, CallSucceeded
from opc_kernel.effects.traffic import Wait
from opc_kernel.event import EventData

LONGEST_HOLD = timedelta(days=1)
"""What a provider asks beyond that holds the one effect, which a person is asked about, and not the whole account."""
LONGEST_PROBE = timedelta(minutes=5)
"""A probe that has not told by then is given up for dead; each connector ends its calls long before."""
MAX_DOUBLINGS = 20
ASK_AGAIN = timedelta(seconds=5)
"""How soon to look again while another's probe is on its way."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """How one connector's accounts are treated: the time between attempts, the breaker, the pace."""

    attempts: int = 5
    """Of one effect; then a person is asked."""
    first_wait: timedelta = timedelta(seconds=5)
    longest_wait: timedelta = timedelta(minutes=10)
    longest_after: timedelta = timedelta(hours=6)
    """If the provider wants to be left alone for longer, a person is asked."""
    failures: int = 5
    """So many in a row open the breaker."""
    open_for: timedelta = timedelta(seconds=30)
    """Doubled each time a probe fails."""
    longest_open: timedelta = timedelta(minutes=15)
    calls_per_minute: int = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Breaker:
    """How an account stands, as its events say; `until` ends an opening, or the time a probe has."""

    state: Literal["closed", "open", "half-open"] = "closed"
    version: int = 0
    failures: int = 0
    openings: int = 0
    until: datetime | None = None
    probe: str | None = None
    not_before: datetime | None = None
    reason: str = ""


Entry = Literal["call", "probe"]


def admission(breaker: Breaker, now: datetime) -> Entry | Wait:
    """Say whether a call may pass, may pass as the one probe, or must wait."""
    if breaker.not_before is not None and now < breaker.not_before:
        return Wait(reason="the provider asked to be left alone", after=breaker.not_before - now)
    if breaker.state == "closed":
        return "call"
    assert breaker.until is not None, "an opening and a probe say how long they last"
    if now >= breaker.until:
        return "probe"
    if breaker.state == "half-open":
        return Wait(reason="another call is trying it", after=min(ASK_AGAIN, breaker.until - now))
    return Wait(reason=f"it failed {breaker.failures} times: {breaker.reason}", after=breaker.until - now)


def consequences(
    breaker: Breaker,
    acted: Acted,
    now: datetime,
    *,
    policy: Policy,
    connector: str,
    account: str,
    is_probe: bool,
) -> tuple[EventData, ...]:
    """Return what is recorded of a call that was admitted; `is_probe` when it was the one that may tell now."""
    match acted:
        case Sent() | NotDone(lasting=True) if is_probe:
            return (BreakerClosed(probe=breaker.probe or ""),)
        case Sent() if breaker.state == "closed" and breaker.failures:
            return (CallSucceeded(),)
        case (NotDone(lasting=False) | Unclear()) as failed if is_probe or breaker.state == "closed":
            failure = _failure(breaker, failed, now, connector, account)
            return (failure, *_opening(breaker, failure, now, policy, is_probe=is_probe))
        case _:  # a success among successes, a refusal that says nothing about the account, a latecomer
            return ()


def _failure(
    breaker: Breaker, failed: NotDone | Unclear, now: datetime, connector: str, account: str
) -> CallFailed:
    return CallFailed(
        connector=connector,
        account=account,
        reason=failed.reason,
        failures=breaker.failures + 1,
        not_before=None if failed.after is None else now + min(failed.after, LONGEST_HOLD),
    )


def _opening(
    breaker: Breaker, failure: CallFailed, now: datetime, policy: Policy, *, is_probe: bool
) -> tuple[BreakerOpened, ...]:
    if not is_probe and failure.failures < policy.failures:
        return ()
    shut = doubled(policy.open_for, breaker.openings, policy.longest_open)
    until = max(now + shut, failure.not_before or now)
    return (BreakerOpened(reason=failure.reason, openings=breaker.openings + 1, until=until),)


def doubled(first: timedelta, times: int, most: timedelta) -> timedelta:
    """Return a time doubled so many times, up to a bound."""
    return min(most, first * 2.0 ** min(times, MAX_DOUBLINGS))
