"""The cashier: captures a payment, has the invoice recorded, and mails it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import timedelta

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from opc_kernel.effects.intent import Intent
from opc_kernel.event import NEW_STREAM, Write
from opc_kernel.flow.agent import Agent, Context
from opc_kernel.flow.outcome import Act, Done, Outcome
from opc_kernel.flow.workflow import Step, Workflow
from opc_kernel.ids import derived_id
from opc_kernel.money import Money
from opc_kernel.sql import load_sql
from workbench.capabilities.billing.events import NUMBERS, PACKAGE, InvoiceCharged, NumberSetAside
from workbench.capabilities.billing.invoice import subject, words
from workbench.capabilities.billing.number import next_number
from workbench.connector_settings import ADDRESS, Address
from workbench.settings import Settings

NAME = "cashier"
DRAFT, CAPTURE, RECORD, MAIL = "billing.draft", "billing.capture", "billing.record", "billing.mail"
PAYOUT = timedelta(days=30)
"""So long the provider may take until the money is at the bank; only then nobody would have paid."""
VERSION = "SELECT coalesce(max(version), 0) FROM event WHERE stream = $stream"
AMOUNT = re.compile(r"(?<![\w.])(\d[\d,]*(?:\.\d+)?)\s*([A-Z]{3})\b")
PAYMENT = re.compile(r"\bpi_[A-Za-z0-9]{3,200}\b", re.ASCII)
CUSTOMER = re.compile(r"\bcharge\s+(.+?)\s+(?=\d)", re.IGNORECASE)
WHAT = re.compile(r"\bfor\s+(.+?)(?=\s+(?:to|with)\s|\s*$)", re.IGNORECASE)


class ChargeAsked(BaseModel):
    """What charging a customer is asked with."""

    model_config = ConfigDict(extra="forbid")

    customer: str = Field(min_length=1, max_length=200, description="Who pays, as it stands on the invoice.")
    email: Address = Field(description="Where the invoice goes.")
    amount: str = Field(
        pattern=r"^\d{1,12}(\.\d{1,4})?$", description="What is paid in all, such as 1190.00."
    )
    currency: str = Field(pattern=r"^[A-Z]{3}$", description="Of the amount, such as EUR.")
    payment: str = Field(
        pattern=r"^pi_[A-Za-z0-9]{3,200}$", description="The provider's id of the payment to capture."
    )
    what: str = Field(default="", max_length=2_000, description="What it is for.")
    tax_rate: str | None = Field(
        default=None,
        pattern=r"^\d{1,2}(\.\d{1,2})?$",
        description="Percent of tax within the amount, if any.",
    )


def asked_with(words: str) -> Mapping[str, object]:
    """Return what a request says: "charge Sandtor GmbH 1190.00 EUR for advice to a@b.example with pi_123"."""
    amount, payment = AMOUNT.search(words), PAYMENT.search(words)
    email = next((each.strip(".,;") for each in words.split() if ADDRESS.fullmatch(each.strip(".,;"))), None)
    customer, what = CUSTOMER.search(words), WHAT.search(words)
    found = {
        "customer": customer and customer[1],
        "email": email,
        "amount": amount and amount[1].replace(",", ""),
        "currency": amount and amount[2],
        "payment": payment and payment[0],
        "what": what and what[1],
    }
    return {name: value for name, value in found.items() if value}


CHARGE = Workflow(
    name="billing.charge",
    title="Charge a customer",
    steps=(
        Step(name="draft", agent=NAME, kind=DRAFT),
        Step(
            name="capture",
            agent=NAME,
            kind=CAPTURE,
            effects=("payments.capture",),
            gate=True,
            rollback="Pay it back at the provider.",
        ),
        Step(name="record", agent=NAME, kind=RECORD, rollback="Write a credit note."),
        Step(
            name="mail",
            agent=NAME,
            kind=MAIL,
            effects=("mail.send",),
            gate=True,
            rollback="A letter can't be taken back: you are asked.",
        ),
    ),
    inputs=ChargeAsked,
    asked_by=("charge",),
    read=asked_with,
    # a bounced letter is no reason to pay money back: whatever fails here, a person is asked
    on_failure="ask",
)
WORKFLOWS = (CHARGE,)


def cashier(settings: Settings) -> Agent:
    """Return the agent, who signs with this company's name."""

    def of(step: Callable[[Context, Settings], Outcome]) -> Callable[[Context], Outcome]:
        return lambda context: step(context, settings)

    return Agent(
        name=NAME,
        role="captures payments and sends the invoices for them",
        capability="billing",
        steps={DRAFT: of(draft), CAPTURE: of(capture), RECORD: of(record), MAIL: of(mail)},
        may_read=("event", "event_now", "invoice", "plan"),
        may_write=(NumberSetAside.event_type, InvoiceCharged.event_type),
        may_act=("payments.capture", "mail.send"),
    )


def draft(context: Context, settings: Settings) -> Outcome:
    """Set the next number aside; one that was set aside at this moment for another charge is seen by the version."""
    ((version,),) = context.company.query(VERSION, stream=NUMBERS).rows
    taken = [number for (number,) in context.company.query(load_sql(PACKAGE, "numbers"))]
    today = context.now.astimezone(settings.tz).date()
    number, plan = next_number(taken, today), context.task.plan or context.task.stream
    write = Write(
        stream=NUMBERS,
        event_id=derived_id(plan, NumberSetAside.event_type),
        data=NumberSetAside(number=number, plan=plan),
        actor=NAME,
    )
    return Done(
        result=f"it will be invoice {number}",
        writes=(write,),
        expected={NUMBERS: version},
        output={"number": number, "issued_on": today.isoformat()},
    )


def capture(context: Context, settings: Settings) -> Outcome:
    """Capture the payment; the words that follow it are shown with it."""
    if context.effects:
        return Done(result="the payment is captured", output={"mode": context.effects[0].mode})
    invoice = _invoice(context)
    return Act(
        summary=f"Capture {invoice.money.amount} {invoice.money.currency} from {invoice.customer} for invoice "
        f"{invoice.number}",
        intents=(
            Intent(
                kind="payments.capture",
                target=invoice.payment,
                action=f"capture for {context.task.plan}",
                money=invoice.money,
            ),
        ),
        result="the payment is captured",
        reason=f"This invoice follows on it:\n\n{words(invoice, settings.name)}",
        facts=(context.task.trigger,),
    )


def record(context: Context, settings: Settings) -> Outcome:  # noqa: ARG001 - the steps of an agent look alike
    """Tell of the invoice, so that the books take it up; where the capture was rehearsed there is none."""
    invoice = _invoice(context)
    if _output(context, "capture").get("mode") == "sandbox":
        return Done(result=f"rehearsed: no payment was captured, so there is no invoice {invoice.number}")
    plan = context.task.plan or context.task.stream
    stream = f"charge/{plan.partition('/')[2]}"
    write = Write(stream=stream, event_id=derived_id(stream, invoice.event_type), data=invoice, actor=NAME)
    return Done(result=f"invoice {invoice.number}", writes=(write,), expected={stream: NEW_STREAM})


def mail(context: Context, settings: Settings) -> Outcome:
    """Send the invoice to the customer."""
    invoice = _invoice(context)
    return Act(
        summary=f"Send invoice {invoice.number} to {invoice.customer}",
        intents=(
            Intent(
                kind="mail.send",
                target=invoice.email,
                action=f"invoice of {context.task.plan}",
                content=words(invoice, settings.name),
                fields={"subject": subject(invoice, settings.name)},
            ),
        ),
        result=f"invoice {invoice.number} is sent",
        facts=(context.task.trigger,),
        risk="low",
    )


def _invoice(context: Context) -> InvoiceCharged:
    """Return the invoice as it was asked for and drafted."""
    asked = ChargeAsked.model_validate(
        {name: value for name, value in context.task.inputs.items() if name in ChargeAsked.model_fields}
    )
    drafted = _output(context, "draft")
    issued_on = context.now.date().fromisoformat(str(drafted["issued_on"]))
    return InvoiceCharged(
        number=str(drafted["number"]),
        customer=asked.customer,
        email=asked.email,
        money=Money(amount=asked.amount, currency=asked.currency),
        issued_on=issued_on,
        due_on=issued_on + PAYOUT,
        note=asked.what,
        tax_rate=asked.tax_rate,
        payment=asked.payment,
    )


def _output(context: Context, step: str) -> Mapping[str, JsonValue]:
    output = context.task.inputs.get(step)
    return output if isinstance(output, dict) else {}
