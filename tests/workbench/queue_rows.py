"""Rows that wait in a company, put there as an agent would, with nobody who works on them afterwards."""

from __future__ import annotations

from opc_kernel.approvals.decide import Decided, withdrawal
from opc_kernel.approvals.queue import QueueRow, rows_of
from opc_kernel.approvals.row import (
    Option,
    Proposal,
    ProposalMade,
    Question,
    QuestionAsked,
    content_hash,
)
from opc_kernel.event import NEW_STREAM, Write
from opc_kernel.money import Money
from workbench.company import Company


def propose(company: Company, name: str, content: str, *, euros: str = "", **more) -> QueueRow:
    """Put a proposal into the queue; `euros` is what is at stake."""
    (row,) = propose_all(company, {name: content}, euros=euros, **more)
    return row


def propose_all(company: Company, contents: dict[str, str], **more) -> list[QueueRow]:
    return _put(
        company, {f"proposal/{name}": proposed(name, text, **more) for name, text in contents.items()}
    )


def proposed(name: str, content: str, *, euros: str = "", capability: str = "books", **more) -> ProposalMade:
    shown = {"summary": name, "reason": "", "facts": (), "action": "pay", "editable": True, **more}
    worth = {"money": Money.of(euros, "EUR"), "at_stake": euros} if euros else {}
    proposal = Proposal(content=content, **shown, **worth)
    return ProposalMade(
        task=f"task/{name}", capability=capability, hash=content_hash(proposal), proposal=proposal
    )


def question(company: Company, name: str, *options: str, capability: str = "books", **more) -> QueueRow:
    """Put a question into the queue."""
    labels = tuple(Option(id=f"option-{at}-{label}"[:40], label=label) for at, label in enumerate(options))
    asked = Question(**{"summary": name, "reason": "", "facts": (), "options": labels, **more})
    made = QuestionAsked(task=f"task/{name}", capability=capability, hash=content_hash(asked), question=asked)
    (row,) = _put(company, {f"question/{name}": made})
    return row


def _put(company: Company, made: dict[str, ProposalMade | QuestionAsked]) -> list[QueueRow]:
    keys = {name.replace(" ", "-"): each for name, each in made.items()}
    writes = [Write(stream=key, data=each, actor="agent") for key, each in keys.items()]
    company.append(writes, expected=dict.fromkeys(keys, NEW_STREAM))
    return sorted(rows_of(company, [*keys]), key=lambda row: row.asked_position)


def asked_anew(company: Company, row: QueueRow, name: str, content: str, **more) -> QueueRow:
    """Put another proposal in the place of one."""
    successor = propose(company, name, content, **more)
    writes, expected = withdrawal(again(company, row), by=successor.key, reason="asked anew")
    company.append(writes, expected=expected)
    return successor


def again(company: Company, row: QueueRow) -> QueueRow:
    """Return a row as it stands now."""
    return rows_of(company, [row.key])[0]


def decide_elsewhere(company: Company, row: QueueRow, word: str, **more) -> None:
    """Decide a row in another face of the queue."""
    verdict = company.decide(
        Decided(key=row.key, hash=row.hash, decision=word, channel="cli", account="test", **more), work=False
    )
    assert verdict.accepted, verdict.message
