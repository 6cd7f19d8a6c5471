"""How `workbench ingest` finds its files, takes them and tells what became of each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import typer

from opc_kernel.money import format_amount
from workbench.cli.shell import DONE, FAILED, print_json
from workbench.connectors.bank.layout import Choice
from workbench.connectors.bank.reading import Line, Statement
from workbench.ingest import Ingestion, Receipt


def take_in(taker: Ingestion, paths: Iterable[Path], *, dry_run: bool, as_json: bool) -> int:
    """Take files and those of folders; return the exit code."""
    code = DONE
    found = list(_files_in(paths))
    if not found:
        typer.echo("There is no file to take in.", err=True)
    for path in found:
        receipt = taker.ingest(path, dry_run=dry_run)
        _tell(receipt, dry_run=dry_run, as_json=as_json)
        if receipt.status == "refused":
            code = FAILED
    return code


def take_again(taker: Ingestion, *, dry_run: bool, yes: bool, as_json: bool) -> int:
    """Read the kept files anew, show what that would add, and add it where the operator says so."""
    found = [(arrival, taker.take(arrival, dry_run=True)) for arrival in taker.kept()]
    differing = [(arrival, receipt) for arrival, receipt in found if _adds(receipt)]
    for _, receipt in differing:
        _tell(receipt, dry_run=True, as_json=as_json)
    if not as_json:
        typer.echo(f"{len(found)} kept files read anew; {len(differing)} would add something.")
    if differing and not dry_run and (yes or typer.confirm("Add it?", err=as_json)):
        for arrival, _ in differing:
            _tell(taker.take(arrival, dry_run=False), dry_run=False, as_json=as_json)
    return DONE


def _tell(receipt: Receipt, *, dry_run: bool, as_json: bool) -> None:
    if as_json:
        print_json(_receipt_json(receipt, dry_run=dry_run))
    else:
        typer.echo(_receipt_words(receipt, dry_run=dry_run))


def _files_in(paths: Iterable[Path]) -> Iterator[Path]:
    """Yield files as given, and those of folders by name; hidden ones are left out."""
    for path in paths:
        if path.is_dir():
            yield from (
                each for each in sorted(path.rglob("*")) if each.is_file() and not _is_unfinished(each)
            )
        else:
            yield path


def _is_unfinished(path: Path) -> bool:
    """Whether it is hidden, or a mail that a Maildir is still receiving."""
    is_arriving = path.parent.name == "tmp" and (path.parent.parent / "cur").is_dir()
    return path.name.startswith(".") or is_arriving


def _adds(receipt: Receipt) -> bool:
    """Whether reading the file would append anything about transactions, invoices or rates."""
    return bool(receipt.new or receipt.pending or receipt.described or receipt.contradictions)


def _receipt_words(receipt: Receipt, *, dry_run: bool) -> str:
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


def _receipt_json(receipt: Receipt, *, dry_run: bool) -> dict[str, Any]:
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
