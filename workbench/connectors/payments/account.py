"""The real provider: each effect bears its key as the idempotency key and in the metadata, where it is found again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from opc_kernel.effects.connector import (
    Absent,
    Acted,
    CannotTell,
    Checked,
    Finding,
    Found,
    NotDone,
    Sent,
    Unclear,
)
from workbench.connectors.payments.http import Answered, Api, Told
from workbench.connectors.payments.request import Request
from workbench.connectors.words import told

MAX_PAGES, PAGE = 20, 100
MARK = "effect"
"""The field of the metadata that holds the key."""


class ProviderAccount:
    """One account, over its HTTP interface."""

    def __init__(self, api: Api) -> None:
        self._api = api

    def capture(self, key: str, wanted: Request) -> Acted:
        """See Provider.capture."""
        fields = {"amount_to_capture": str(wanted.amount), f"metadata[{MARK}]": key}
        return _sent(self._api.post(f"/v1/payment_intents/{wanted.payment}/capture", fields, key=key))

    def captured(self, key: str, wanted: Request) -> Finding:
        """See Provider.captured: asked of the payment itself, for a search may lag behind."""
        match self._api.get(f"/v1/payment_intents/{wanted.payment}"):
            case Answered(body={"id": str(reference), "metadata": dict(marks)}) if marks.get(MARK) == key:
                return Found(reference=told(reference))
            case Answered(body={"status": str(status)}):
                return Absent(reason=f"the payment is {told(status)}, not by this effect")
            case answer:
                return _untold(answer)

    def refund(self, key: str, wanted: Request) -> Acted:
        """See Provider.refund."""
        fields = {"payment_intent": wanted.payment, "amount": str(wanted.amount), f"metadata[{MARK}]": key}
        if wanted.reason:
            fields["reason"] = wanted.reason
        return _sent(self._api.post("/v1/refunds", fields, key=key))

    def refunded(self, key: str, wanted: Request) -> Finding:
        """See Provider.refunded: asked of the payment's own list."""
        for page in self._pages(wanted.payment):
            if not isinstance(page, Answered):
                return _untold(page)
            for each in page.body["data"]:
                if each.get("metadata", {}).get(MARK) == key:
                    return _found(each)
        return Absent(reason="no such refund of this payment")

    def check(self) -> Checked:
        """See Connector.check."""
        match self._api.get("/v1/account"):
            case Answered(body={"id": str(account), **rest}):
                hint = "" if rest.get("charges_enabled", True) else "; it may not take payments yet"
                return Checked(ok=True, told=f"The provider knows us as {told(account)}{hint}.")
            case NotDone(reason=reason) | Unclear(reason=reason):
                return Checked(ok=False, told=f"The provider can't be asked: {reason}.")
            case _:
                return Checked(ok=False, told="The provider gives an answer that is none of an account.")

    def _pages(self, payment: str) -> Iterator[Told]:
        after: dict[str, str] = {}
        for _ in range(MAX_PAGES):
            answer = self._api.get("/v1/refunds", payment_intent=payment, limit=str(PAGE), **after)
            if not isinstance(answer, Answered) or not _is_list(answer.body):
                yield Unclear(reason="a list that can't be read") if isinstance(answer, Answered) else answer
                return
            yield answer
            if not answer.body.get("has_more") or not answer.body["data"]:
                return
            after = {"starting_after": str(answer.body["data"][-1].get("id"))}
        yield Unclear(reason="the list has no end")


def _is_list(body: Mapping[str, Any]) -> bool:
    rows = body.get("data")
    return isinstance(rows, list) and all(
        isinstance(each, dict) and isinstance(each.get("metadata", {}), dict) for each in rows
    )


def _sent(answer: Told) -> Acted:
    match answer:
        case Answered(body={"id": str(reference), **rest}):
            return Sent(reference=told(reference), tentative=rest.get("status") in ("pending", "processing"))
        case Answered():
            return Unclear(reason="an answer without an id")
        case NotDone() | Unclear():
            return answer


def _found(refund: Mapping[str, Any]) -> Finding:
    status, reference = refund.get("status"), told(str(refund.get("id")))
    if status in ("failed", "canceled"):
        return CannotTell(reason=f"the refund {reference} is {status}: the money is not on its way")
    return Found(reference=reference, tentative=status != "succeeded")


def _untold(answer: Told) -> CannotTell:
    match answer:
        case NotDone(reason=reason, after=after) | Unclear(reason=reason, after=after):
            return CannotTell(reason=reason, after=after)
        case Answered():
            return CannotTell(reason="an answer that says nothing of a payment")
