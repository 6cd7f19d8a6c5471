"""One run opened: what it was given and came to, where it failed, what it appended, and its executed notebook."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

import msgspec

from opc_kernel.errors import KernelError
from opc_kernel.text import visible
from workbench.company import Company
from workbench.jobs.known import found_run
from workbench.jobs.report_html import report_html
from workbench.view_page import Markup, element, events_words, joined, problem, soft
from workbench.view_runs import TRIGGERS, WORDS, clock, progress, took

ID_CHARS = 12
MAX_VALUE = 300

Row = Mapping[str, Any]


def opened(company: Company, run: str) -> Markup:
    """Return a run whole, or why there is none."""
    try:
        found = found_run(company, run)
    except KernelError as error:
        return problem(error)
    parts = [part(company, found) for part in (_head, _came, _facts, _outputs, _appended, _notebook)]
    return element("article", *parts, class_="wb-a-run")


def _head(company: Company, found: Row) -> Markup:
    return element("h2", f"{found['job']}, {clock(found['started_at'], company)}: {_state(company, found)}")


def _state(company: Company, found: Row) -> str:
    if found["state"] == "running":
        return f"running, {progress(company, found)}"
    return f"{WORDS[found['state']]} in {took(found['duration_s'])}"


def _came(_: Company, found: Row) -> Markup:
    """Return what came of it; of a failure the cell, where it begins, and what Python said."""
    if found["state"] != "failed":
        return element("p", visible(found["summary"] or ""))
    source = element("pre", visible(found["source"])) if found["source"] else Markup()
    cell = element("small", f"Cell {found['cell']}") if found["cell"] else Markup()
    error = visible(found["error"] or "")
    said = element("pre", error, class_="wb-minus") if error and error not in found["reason"] else Markup()
    return element(
        "div", element("strong", visible(found["reason"])), cell, source, said, class_="wb-word wb-bad"
    )


def _facts(company: Company, found: Row) -> Markup:
    shown = joined(
        element("div", element("dt", name), element("dd", value)) for name, value in _terms(company, found)
    )
    return element("dl", shown, class_="wb-terms")


def _terms(company: Company, found: Row) -> Iterator[tuple[str, str | Markup]]:
    yield "Began", f"{clock(found['started_at'], company)}, {TRIGGERS[found['trigger']]}"
    if found["slot"]:
        yield "Was due", clock(found["slot"], company)
    yield "Mode", found["mode"]
    for name, value in msgspec.json.decode(found["parameters"] or "{}").items():
        yield f"Given {name}", _value(value)
    if found["attempt"] > 1:
        yield "Attempt", str(found["attempt"])
    for name, run in (("Went on from", found["resumes"]), ("Gone on by", _later(company, found))):
        if run:
            yield name, element("a", run[:ID_CHARS], href=f"?run={quote(run)}")
    yield "Run", element("code", found["run"][:ID_CHARS])
    yield "Story", element("a", "in the log", href=f"../log/?story={quote(found['root'])}")


def _later(company: Company, found: Row) -> str:
    rows = company.query("SELECT run FROM job_run WHERE resumes = $run", run=found["run"]).rows
    return rows[0][0] if rows else ""


def _outputs(_: Company, found: Row) -> Markup:
    outputs = msgspec.json.decode(found["outputs"] or "{}")
    pairs = joined(
        element("div", element("dt", visible(name)), element("dd", _value(value)))
        for name, value in outputs.items()
    )
    return (
        joined([element("h3", "It said"), element("dl", pairs, class_="wb-terms")]) if outputs else Markup()
    )


def _value(value: Any) -> str:  # noqa: ANN401 - JSON
    text = visible(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))
    return text if len(text) <= MAX_VALUE else f"{text[:MAX_VALUE]} …"


def _appended(_: Company, found: Row) -> Markup:
    """Return what stands in the log because of it, and what it did outside."""
    if found["state"] != "completed":
        return Markup()
    counts = msgspec.json.decode(found["events"] or "{}")
    lines = [
        element("li", element("b", f"{count:,}"), f" {events_words(kind, count)}")
        for kind, count in counts.items()
    ]
    told = element("ul", *lines, class_="wb-happened") if lines else soft("Nothing: it only read.")
    return joined(
        [element("h3", "It appended"), told, _outside(msgspec.json.decode(found["effects"] or "[]"))]
    )


def _outside(effects: Sequence[str]) -> Markup:
    if not effects:
        return Markup()
    streams = [element("li", element("code", stream)) for stream in effects]
    return joined([element("h3", "It did outside"), element("ul", *streams, class_="wb-rows")])


def _notebook(company: Company, found: Row) -> Markup:
    """Return the executed notebook in a frame in which nothing can run, load or lead anywhere."""
    if found["state"] == "running":
        return soft("The executed notebook can be read here as soon as the run has ended.")
    if not found["notebook"]:
        return soft("It left no notebook.")
    page = report_html(company.folder, found["notebook"])
    frame = element(
        "iframe",
        sandbox="",
        srcdoc=page,
        title=f"Executed notebook of {found['job']}",
        referrerpolicy="no-referrer",
        class_="wb-report",
    )
    return joined(
        [
            element("h3", "Executed notebook"),
            frame,
            element("small", element("code", found["notebook"]), _changed(company.folder, found)),
        ]
    )


def _changed(folder: Path, found: Row) -> str:
    """Say so when the file is not the one that the run left."""
    try:
        now = hashlib.sha256((folder / found["notebook"]).read_bytes()).hexdigest()
    except OSError:
        return " is gone"
    return "" if now == found["notebook_hash"] else " was changed after the run"
