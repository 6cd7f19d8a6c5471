"""How `workbench ingest` finds its files and tells what became of each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from opc_kernel.money import format_amount
from workbench.connectors.bank.layout import Choice
from workbench.connectors.bank.reading import Line, Statement
from workbench.ingest import Receipt


def files_in(paths: Iterable[Path]) -> Iterator[Path]:
    """Yield files as given, and those of folders by name; hidden ones are left out."""
    for path in paths:
        if path.is_dir():
            yield from (
                each for each in sorted(path.rglob("*")) if each.is_file() and not each.name.startswith(".")
            )
        else:
            yield path


def adds(receipt: Receipt) -> bool:
    """Whether reading the file would append anything about transactions, invoices or rates."""
    return bool(receipt.new or receipt.pending or receipt.described or receipt.contradictions)


def receipt_words(receipt: Receipt, *, dry_run: bool) -> str:
    """Say in a line what became of a file."""
    name = Path(receipt.path).name
    if receipt.todo:
        return f"{'?' if receipt.status == 'asked' else '✗'} {receipt.reason}\n  {receipt.todo}"
    would = "would be " if dry_run else ""
    parts = [f"{receipt.new} {would}added", f"{receipt.known} known"]
    if receipt.pending:
        parts.append(f"{receipt.pending} announced, not booked yet")
    if receipt.described:
        parts.append(f"{receipt.described} {would}described anew")
    if receipt.contradictions:
        parts.append(f"{receipt.contradictions} contradict what is recorded: 'workbench work' asks you")
    differing = [each for each in receipt.statements if each.difference]
    if differing:
        parts.append(
            f"{len(differing)} statement does not add up"
            if len(differing) == 1
            else f"{len(differing)} statements do not add up"
        )
    parts += [f"left out: {each.left_out}" for each in receipt.statements if each.left_out]
    if receipt.reason:
        parts.append(receipt.reason)
    return f"{'?' if receipt.status == 'asked' else '✓'} {name} ({receipt.format}): {', '.join(parts)}"


def receipt_json(receipt: Receipt, *, dry_run: bool) -> dict[str, Any]:
    """Return a receipt as the documented JSON; what was taken adds how much of it was new."""
    added = {} if dry_run else {"new": receipt.new, "known": receipt.known}
    return {
        "path": receipt.path,
        "format": receipt.format,
        "status": receipt.status,
        "reason": " ".join(part for part in (receipt.reason, receipt.todo) if part) or None,
        **added,
        "statements": [_statement(statement) for statement in receipt.statements],
        **({"choices": [_choice(choice) for choice in receipt.choices]} if receipt.choices else {}),
    }


def _choice(choice: Choice) -> dict[str, Any]:
    return {
        "words": choice.words,
        "statements": [_statement(statement) for statement in choice.reading.statements],
    }


def _statement(statement: Statement) -> dict[str, Any]:
    return {
        "account": statement.account,
        "currency": statement.currency,
        "opening": None if statement.opening is None else format_amount(statement.opening),
        "closing": None if statement.closing is None else format_amount(statement.closing),
        **({"left_out": statement.left_out} if statement.left_out else {}),
        "transactions": [_line(line) for line in statement.lines],
    }


def _line(line: Line) -> dict[str, Any]:
    return {
        "booked_on": line.booked_on.isoformat(),
        "value_on": None if line.value_on is None else line.value_on.isoformat(),
        "amount": format_amount(line.amount),
        "currency": line.currency,
        "counterparty": line.counterparty,
        "text": line.text,
        "reference": line.reference,
        "state": line.state,
    }
