"""Reads an executed notebook: where it failed, what it came to, and whether its parameters were what was asked for."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pydantic import JsonValue

from workbench.jobs.notebook import Cell, Notebook, source

CHECK = "workbench-check"
RESULT = "application/vnd.workbench.result+json"
"""What `run.finish` leaves in the notebook, and the check its parameters."""
MAX_SOURCE, MAX_ERROR, MAX_SUMMARY = 600, 600, 500
OURS = {"injected-parameters", CHECK, "papermill-error-cell-tag"}
COLOURS = re.compile("\x1b\\[[0-9;]*m")


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """The cell that failed, as its author counts, and what Python said."""

    cell: int | None
    source: str
    error: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What an executed notebook tells."""

    failure: Failure | None = None
    finished: bool = False
    """Whether it came to `run.finish`."""
    summary: str = ""
    outputs: Mapping[str, JsonValue] = field(default_factory=dict)
    differing: str = ""
    """The parameter that was not what was asked for, and how; empty when all took."""


def check_cell(parameters: Mapping[str, JsonValue]) -> str:
    """Return the last cell of a run: it shows what the parameters are in the end."""
    names = json.dumps(sorted(parameters))
    return (
        "from IPython.display import display as _show\n"
        f"_show({{{RESULT!r}: {{'parameters': {{_name: globals().get(_name) for _name in {names}}}}}}}, raw=True)"
    )


def read_verdict(executed: Notebook, asked: Mapping[str, JsonValue]) -> Verdict:
    """Return what an executed notebook tells of a run that was asked for with these parameters."""
    results = list(_results(executed.cells))
    finished = next((each for each in reversed(results) if "summary" in each), None)
    had = next((each["parameters"] for each in reversed(results) if "parameters" in each), None)
    return Verdict(
        failure=_failure(executed.cells),
        finished=finished is not None,
        summary=str((finished or {}).get("summary", ""))[:MAX_SUMMARY],
        outputs=outputs if isinstance(outputs := (finished or {}).get("outputs"), dict) else {},
        differing="" if had is None else _differing(had, asked),
    )


def without_ours(content: Mapping[str, Any]) -> dict[str, Any]:
    """Return an executed notebook without the cell that checked it."""
    cells = [cell for cell in content["cells"] if CHECK not in _tags(cell)]
    return {**content, "cells": cells}


def cells_done(content: Mapping[str, Any]) -> tuple[int, int]:
    """Return how many code cells were executed, and how many there are."""
    cells = [cell for cell in content["cells"] if cell["cell_type"] == "code" and not OURS & _tags(cell)]
    return sum(1 for cell in cells if cell.get("execution_count")), len(cells)


def _failure(cells: Sequence[Cell]) -> Failure | None:
    number = 0
    for cell in cells:
        ours = OURS & _tags(cell)
        number += not ours
        for output in cell.get("outputs", ()):
            if output["output_type"] == "error":
                said = COLOURS.sub("", f"{output['ename']}: {output['evalue']}")
                text = source(cell)[:MAX_SOURCE]
                return Failure(cell=None if ours else number, source=text, error=said[:MAX_ERROR])
    return None


def _results(cells: Sequence[Cell]) -> Iterator[Mapping[str, Any]]:
    for cell in cells:
        for output in cell.get("outputs", ()):
            found = output.get("data", {}).get(RESULT)
            if isinstance(found, dict):
                yield found


def _differing(had: Mapping[str, JsonValue], asked: Mapping[str, JsonValue]) -> str:
    wrong = next((name for name in asked if had.get(name) != asked[name]), None)
    return "" if wrong is None else f"{wrong} was {had.get(wrong)!r}, not {asked[wrong]!r}"


def _tags(cell: Cell) -> set[str]:
    return set(cell.get("metadata", {}).get("tags", ()))
