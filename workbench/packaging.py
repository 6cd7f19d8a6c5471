"""The accountant's package: a folder with a month's workbook, its CSV files, the papers, and a manifest over all."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from opc_kernel.errors import KernelError
from opc_kernel.log.database import EXPORTS
from opc_kernel.log.files import make_folder, sync_folder, write_whole
from opc_kernel.sql import load_sql
from sheets_sync.report import csv_of
from workbench import composition
from workbench.capabilities.books.months.events import PACKAGE
from workbench.capabilities.books.months.facts import Facts
from workbench.capabilities.books.months.line import encoded, lines_hash
from workbench.capabilities.books.months.pages import Package, file_name, pages
from workbench.closing import look_at
from workbench.company import Company, given_id

MANIFEST = "manifest.json"
RECEIPTS = "receipts"
HASHED = "lines.jsonl"
"""The lines as they stand in the log: the SHA-256 of this file is the hash the month was closed with."""
FORM = "workbench-month-1"
SHA256 = re.compile(r"[0-9a-f]{64}")
HEAD = "SELECT position, chain_hash FROM event ORDER BY position DESC LIMIT 1"
CLOSED = "SELECT closed_by, lines_hash, as_of FROM month WHERE month = $month AND state = 'closed'"
ITEMS = (
    "SELECT stream, number, party, issued_on, due_on FROM invoice "
    "WHERE stream IN (SELECT unnest($streams::VARCHAR[]))"
)


class NoPlaceForPackage(KernelError):
    """A package was to replace something that is not its own."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(
            f"No package was written to {path}: {reason}.", "Name another folder, or move what is there away."
        )


class LinesDisagree(KernelError):
    """The lines of a closed month are not those it was closed with."""

    def __init__(self, month: str) -> None:
        super().__init__(
            f"The lines of {month} are not those it was closed with.",
            "Run 'workbench log verify' and 'workbench log rebuild': the log says what they were.",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Packed:
    """A finished package: where it lies, whether the month is closed, and which papers are no longer in raw/."""

    path: Path
    state: str
    files: int
    missing: tuple[str, ...]


def package_month(company: Company, month: str, target: Path) -> Packed:
    """Write the package of a month into a folder named after it in `target`.

    Raises NotAMonth, NoPlaceForPackage, LinesDisagree.
    """
    identity = given_id(company.folder)
    place = target.resolve() / month
    facts, _ = look_at(company, month)
    _check_place(company.folder, place, identity, month)
    contents, missing = _contents(company, facts)
    manifest = _manifest(company, facts, identity, contents, missing)
    _put(place, {**contents, MANIFEST: manifest})
    return Packed(
        path=place,
        state="closed" if facts.is_closed else "draft",
        files=len(contents),
        missing=tuple(missing),
    )


def _check_place(folder: Path, place: Path, identity: str, month: str) -> None:
    """Refuse to replace what is not a package of this month of this company, as it was written."""
    if place.is_relative_to(folder) and not place.is_relative_to(folder / EXPORTS):
        raise NoPlaceForPackage(place, "it would lie among the company's own files")
    if not place.exists():
        return
    try:
        manifest = json.loads((place / MANIFEST).read_bytes())
        whose = manifest["form"], manifest["company"], manifest["month"]
        named = {*manifest["files"], MANIFEST}
    except (OSError, ValueError, KeyError, TypeError):
        raise NoPlaceForPackage(place, "what lies there is no package of a month") from None
    if whose != (FORM, identity, month):
        raise NoPlaceForPackage(place, "the package that lies there is of another company or month")
    there = {path.relative_to(place).as_posix() for path in place.rglob("*") if not path.is_dir()}
    if foreign := sorted(there - named):
        raise NoPlaceForPackage(place, f"{foreign[0]} lies there, which is not of the package")
    if touched := next(
        (name for name in sorted(there - {MANIFEST}) if _digest(place / name) != manifest["files"][name]), ""
    ):
        raise NoPlaceForPackage(place, f"{touched} was changed there")


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _contents(company: Company, facts: Facts) -> tuple[dict[str, bytes], list[str]]:
    """Return each file's content, and the names of papers whose bytes are gone."""
    laid = pages(_package(company, facts))
    stem = facts.month if facts.is_closed else f"{facts.month}-DRAFT"
    contents = {f"{stem}.xlsx": composition.report_workbook(laid, title=laid[0].heading)}
    contents |= {f"{page.name.lower()}.csv": csv_of(page) for page in laid}
    contents[HASHED] = encoded(facts.lines)
    missing = []
    for digest, name in sorted({(each["digest"], each["name"]) for each in facts.evidence}):
        paper = company.folder / "raw" / digest
        if SHA256.fullmatch(digest) and paper.is_file():
            contents[f"{RECEIPTS}/{file_name(digest, name)}"] = paper.read_bytes()
        else:
            missing.append(name)
    return contents, missing


def _package(company: Company, facts: Facts) -> Package:
    position, chain_hash = company.query(HEAD).rows[0]
    streams = [each.document for each in facts.summary.open_items]
    return Package(
        company=company.settings.name,
        facts=facts,
        documents=company.query(load_sql(PACKAGE, "paid_documents"), month=facts.month).dicts(),
        items={row["stream"]: row for row in company.query(ITEMS, streams=streams).dicts()},
        accounts={each.id: each.name for each in company.settings.account},
        head=f"Log position {position}, head {chain_hash}.",
    )


def _manifest(
    company: Company, facts: Facts, identity: str, contents: Mapping[str, bytes], missing: list[str]
) -> bytes:
    position, chain_hash = company.query(HEAD).rows[0]
    closed = company.query(CLOSED, month=facts.month).one()
    digest = lines_hash(facts.lines)
    if closed is not None and closed["lines_hash"] != digest:
        raise LinesDisagree(facts.month)
    said = {
        "form": FORM,
        "company": identity,
        "name": company.settings.name,
        "month": facts.month,
        "state": "closed" if closed else "draft",
        "closed_by": closed and closed["closed_by"],
        "as_of": closed and closed["as_of"],
        "position": position,
        "head": chain_hash,
        "lines": len(facts.lines),
        "lines_hash": digest,
        "missing": missing,
        "files": {name: hashlib.sha256(content).hexdigest() for name, content in sorted(contents.items())},
    }
    return (json.dumps(said, indent=2, ensure_ascii=False) + "\n").encode()


def _put(place: Path, contents: Mapping[str, bytes]) -> None:
    """Write the folder beside its place, then put it there: nobody ever sees half of it."""
    make_folder(place.parent)
    aside, before = (place.with_name(f".{place.name}.{os.getpid()}.{end}") for end in ("new", "old"))
    try:
        for name, content in contents.items():
            make_folder((aside / name).parent)
            write_whole(aside / name, content)
        if place.exists():
            place.rename(before)
        aside.rename(place)
    except BaseException:
        if before.exists() and not place.exists():
            before.rename(place)
        shutil.rmtree(aside, ignore_errors=True)
        raise
    shutil.rmtree(before, ignore_errors=True)
    sync_folder(place.parent)
