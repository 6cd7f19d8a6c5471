"""How the readers fare on a corpus of bank files: `python -m tests.bank_corpus FOLDER`.

The folder holds MANIFEST.json (file, format, kind, has_expected) and beside each FILE what its own project expects of
it (FILE.expected.json) or what other parsers answered (FILE.peer.json). Nothing of a corpus belongs into the project.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Literal

from tests.bank_corpus_stated import Stated, peers_refuse, stated
from workbench.connectors.bank.layout import Ambiguous
from workbench.connectors.bank.reading import Line, Reading
from workbench.connectors.bank.recognise import read_statement
from workbench.refusal import Refused

Outcome = Literal["read", "asked", "refused", "crashed"]
ASPECTS = ("count", "amounts", "days", "balances")


@dataclass(kw_only=True)
class Result:
    """What became of one file, and where it differs from what is stated."""

    file: str
    format: str
    kind: str
    outcome: Outcome
    reason: str = ""
    left_out: str = ""
    expected: int = 0
    """How many sources state anything."""
    compared: dict[str, bool] = field(default_factory=dict)
    differences: list[str] = field(default_factory=list)
    peers_refuse: bool = False


def results(folder: Path) -> Iterator[Result]:
    """Yield what becomes of each file of the manifest that is in the folder."""
    for entry in json.loads((folder / "MANIFEST.json").read_text("utf-8")):
        path = folder / entry["file"]
        if path.exists():
            yield _result(path, entry["file"], entry["format"], entry["kind"])


def _result(path: Path, file: str, kind_of_format: str, kind: str) -> Result:
    result = Result(
        file=file, format=kind_of_format, kind=kind, outcome="read", peers_refuse=peers_refuse(path)
    )
    readings: Sequence[Reading] = ()
    try:
        readings = [read_statement(path.read_bytes())]
        result.left_out = "; ".join(each.left_out for each in readings[0].statements if each.left_out)
    except Ambiguous as question:
        result.outcome, result.reason = "asked", question.what
        readings = [choice.reading for choice in question.choices]
    except Refused as refusal:
        result.outcome, result.reason = "refused", refusal.happened.removeprefix("The file is refused: ")
    except Exception as error:  # noqa: BLE001 - a crash is what is looked for
        result.outcome, result.reason = "crashed", repr(error)
    if readings:
        _compare(result, readings, stated(path))
    return result


def _compare(result: Result, readings: Sequence[Reading], all_stated: Sequence[Stated]) -> None:
    """Against each source; where the file may be read in several ways, the way that fits best counts."""
    result.expected = len(all_stated)
    alternatives = [one for one in all_stated if one.one_of_several]
    groups = [[one] for one in all_stated if not one.one_of_several]
    for group in [*groups, alternatives] if alternatives else groups:
        found = [_differences(reading, one) for reading in readings for one in group]
        best = min(found, key=lambda pair: (len(pair[1]), -len(pair[0])))
        for aspect, is_equal in best[0].items():
            result.compared[aspect] = result.compared.get(aspect, True) and is_equal
        result.differences += best[1]


def _differences(reading: Reading, one: Stated) -> tuple[dict[str, bool], list[str]]:
    lines = [line for statement in reading.statements for line in statement.lines]
    compared: dict[str, bool] = {}
    said = []

    def compare(aspect: str, ours: object, theirs: object, *, is_equal: bool) -> None:
        compared[aspect] = compared.get(aspect, True) and is_equal
        if not is_equal:
            said.append(f"{aspect}: {ours}, {one.by} says {theirs}")

    if one.count is not None:
        counts = {len(lines), *(len(statement.lines) for statement in reading.statements if one.is_part)}
        compare("count", len(lines), one.count, is_equal=one.count in counts)
    if one.amounts is not None:
        ours = Counter(line.amount for line in lines)
        theirs = Counter(one.amounts)
        fits = theirs <= ours if one.is_part else theirs == ours
        compare("amounts", _shown(ours - theirs), _shown(theirs - ours), is_equal=fits)
    if one.total is not None:
        total = sum((line.amount for line in lines), Decimal(0))
        compare("amounts", total, one.total, is_equal=total == one.total)
    if one.days is not None:
        rest = _days_unfound(lines, one)
        compare("days", f"{len(lines)} lines", f"also {_shown(rest)}", is_equal=not rest)
    if one.balances is not None:
        balances = {each for found in reading.statements for each in (found.opening, found.closing)}
        missing = [each for each in one.balances if each not in balances]
        compare(
            "balances", _shown(Counter(balances - {None})), _shown(Counter(missing)), is_equal=not missing
        )
    return compared, said


def _days_unfound(lines: Sequence[Line], one: Stated) -> Counter[object]:
    booked = Counter(line.booked_on for line in lines)
    valued = Counter(line.value_on or line.booked_on for line in lines)
    if one.is_part:
        return Counter(set(one.days or ()) - set(booked) - set(valued))
    theirs = Counter(one.days or ())
    return min(theirs - booked, theirs - valued, key=lambda rest: sum(rest.values()))


def _shown(values: Counter[object]) -> str:
    shown = [str(value) for value in values.elements()]
    return "nothing more" if not shown else ", ".join(shown[:4]) + (" …" if len(shown) > 4 else "")


def report(found: Sequence[Result]) -> Iterator[str]:
    """Yield the figures of each format, then every file that needs a word, one line each."""
    yield f"{'':8}{'files':>6}{'read':>6}{'asked':>6}{'refused':>8}   " + "   ".join(
        f"equal {aspect}" for aspect in ASPECTS
    )
    for name in sorted({result.format for result in found}):
        of_format = [result for result in found if result.format == name and result.kind != "broken"]
        outcomes = Counter(result.outcome for result in of_format)
        equal = "   ".join(f"{_of(of_format, aspect):>{len(aspect) + 6}}" for aspect in ASPECTS)
        yield (
            f"{name:8}{len(of_format):>6}{outcomes['read']:>6}{outcomes['asked']:>6}"
            f"{outcomes['refused'] + outcomes['crashed']:>8}   {equal}"
        )
    broken = [result for result in found if result.kind == "broken"]
    well = sum(_is_well_met(result) for result in broken)
    yield f"broken files: {len(broken)}, refused or read exactly as stated: {well}"
    for result in found:
        yield from _words(result)


def _of(found: Sequence[Result], aspect: str) -> str:
    compared = [result.compared[aspect] for result in found if aspect in result.compared]
    return f"{sum(compared)}/{len(compared)}"


def _is_well_met(result: Result) -> bool:
    return result.outcome == "refused" or (
        result.outcome in ("read", "asked") and bool(result.compared) and not result.differences
    )


def _words(result: Result) -> Iterator[str]:
    mark = "broken, " if result.kind == "broken" else ""
    if result.outcome != "read":
        yield f"{mark}{result.outcome}: {result.file}: {result.reason}"
    elif result.kind == "broken" and not result.compared:
        yield f"broken, read, nothing comparable is stated: {result.file}"
    for difference in result.differences:
        yield f"{mark}differs: {result.file}: {difference}"
    if result.left_out:
        yield f"left out: {result.file}: {result.left_out}"


if __name__ == "__main__":
    everything = list(results(Path(sys.argv[1])))
    print("\n".join(report(everything)))  # noqa: T201
    sys.exit(any(each.outcome == "crashed" for each in everything))
