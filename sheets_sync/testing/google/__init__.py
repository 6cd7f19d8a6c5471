"""A stand-in for Google Sheets that speaks the real API over HTTP, checked against recordings of it."""

from sheets_sync.testing.google.calls import Call, Quota
from sheets_sync.testing.google.faults import (
    BAD_GATEWAY,
    LOST_ANSWER,
    LOST_CONNECTION,
    RESET,
    SERVER_ERROR,
    TRUNCATED,
    UNAVAILABLE,
    Fault,
    late,
    lost,
    rate_limited,
)
from sheets_sync.testing.google.hand import Hand
from sheets_sync.testing.google.server import OWNER, GoogleStandIn

__all__ = [
    "BAD_GATEWAY",
    "LOST_ANSWER",
    "LOST_CONNECTION",
    "OWNER",
    "RESET",
    "SERVER_ERROR",
    "TRUNCATED",
    "UNAVAILABLE",
    "Call",
    "Fault",
    "GoogleStandIn",
    "Hand",
    "Quota",
    "late",
    "lost",
    "rate_limited",
]
