"""A job's notebook as it lies there: what it is for, which parameters it declares, and by which rule it runs."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from textwrap import shorten
from typing import Any

from pydantic import JsonValue, ValidationError

from opc_kernel.event import first_problem
from workbench.jobs.errors import NotAJob, ParameterUnknown, ParameterWrong
from workbench.jobs.rule import JobRule

TAG = "parameters"
MAX_BYTES = 20_000_000
MODES = ("sandbox", "production")
DECLARE = "Tag one code cell 'parameters'; its first line is mode = \"sandbox\", then one literal a line."
MAX_CHARS = 200

Cell = Mapping[str, Any]


@dataclass(frozen=True)
class Notebook:
    """What a file `.ipynb` holds, as nbformat 4 has it."""

    name: str
    content: Mapping[str, Any] = field(repr=False)

    @property
    def cells(self) -> Sequence[Cell]:
        """Its cells, in their order."""
        return self.content["cells"]  # type: ignore[no-any-return]  # JSON, checked when it was read

    @property
    def title(self) -> str:
        """What its first heading says; its name where it has none."""
        heads = (
            line for cell in self.cells[:1] for line in source(cell).splitlines() if line.startswith("# ")
        )
        return next(heads, f"# {self.name}")[2:].strip()

    @property
    def purpose(self) -> str:
        """The first paragraph of the first cell, below its heading."""
        text = source(self.cells[0]) if self.cells and self.cells[0]["cell_type"] == "markdown" else ""
        paragraphs = (" ".join(each.split()) for each in text.split("\n\n"))
        return _short(next((each for each in paragraphs if each and not each.startswith("#")), ""))

    @cached_property
    def rule(self) -> JobRule:
        """The rule in its metadata. Raises NotAJob."""
        try:
            return JobRule.model_validate(self.content.get("metadata", {}).get("workbench", {}))
        except ValidationError as error:
            todo = "Correct metadata.workbench of the notebook."
            raise NotAJob(self.name, first_problem(error), todo) from error

    @cached_property
    def parameters(self) -> Mapping[str, JsonValue]:
        """What it declares, with the values it has by itself. Raises NotAJob."""
        tagged = [cell for cell in code(self.cells) if TAG in cell.get("metadata", {}).get("tags", ())]
        if len(tagged) != 1:
            raise NotAJob(self.name, f"{len(tagged)} code cells are tagged {TAG!r}", DECLARE)
        pairs = list(self._literals(source(tagged[0])))
        found = dict(pairs)
        if not pairs or pairs[0][0] != "mode" or found["mode"] not in MODES or len(found) < len(pairs):
            raise NotAJob(self.name, 'its parameters do not begin with mode = "sandbox"', DECLARE)
        self._refuse_rebound(set(found), tagged[0])
        return found

    def given(self, parameters: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
        """Return parameters for a run, checked against what is declared. Raises ParameterUnknown, ParameterWrong."""
        declared = self.parameters
        if unknown := tuple(sorted(set(parameters) - set(declared))):
            raise ParameterUnknown(self.name, unknown, tuple(declared))
        return {name: _fitting(self.name, name, value, declared[name]) for name, value in parameters.items()}

    def typed(self, texts: Mapping[str, str]) -> dict[str, JsonValue]:
        """Return parameters as they are typed in a shell, each of the type that is declared."""
        if unknown := tuple(sorted(set(texts) - set(self.parameters))):
            raise ParameterUnknown(self.name, unknown, tuple(self.parameters))
        return {
            name: text if isinstance(self.parameters[name], str) else _read(text)
            for name, text in texts.items()
        }

    def _literals(self, text: str) -> Iterator[tuple[str, JsonValue]]:
        for statement in self._parsed(text).body:
            match statement:
                case (
                    ast.Assign(targets=[ast.Name(id=name)], value=value)
                    | ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value)
                ):
                    yield name, self._literal(name, value)
                case ast.Expr(value=ast.Constant()):
                    pass
                case _:
                    raise NotAJob(
                        self.name, f"line {statement.lineno} of its parameters is no literal", DECLARE
                    )

    def _literal(self, name: str, value: ast.expr) -> JsonValue:
        try:
            return json.loads(json.dumps(ast.literal_eval(value)))  # type: ignore[no-any-return]
        except (ValueError, TypeError) as error:
            raise NotAJob(self.name, f"its parameter {name} is no literal", DECLARE) from error

    def _refuse_rebound(self, names: set[str], declaring: Cell) -> None:
        """A parameter that another cell assigns again would not be what the run was asked for."""
        for cell in code(self.cells):
            if cell is not declaring and (again := names & set(_bound(source(cell)))):
                found = ", ".join(sorted(again))
                raise NotAJob(
                    self.name,
                    f"a later cell assigns its parameter {found} again",
                    "Use another name there: what a run is asked for must be what it does.",
                )

    def _parsed(self, text: str) -> ast.Module:
        try:
            return ast.parse(text)
        except (SyntaxError, ValueError) as error:
            raise NotAJob(self.name, "the cell of its parameters is no Python", DECLARE) from error


def read_notebook(path: Path) -> Notebook:
    """Read a notebook. Raises NotAJob for a file that is none."""
    return notebook_of(path.stem, _content(path))


def notebook_of(name: str, content: bytes) -> Notebook:
    """Return the notebook that some bytes hold. Raises NotAJob."""
    try:
        found = json.loads(content)
        kinds = [cell["cell_type"] for cell in found["cells"]]
        texts = [source(cell) for cell in found["cells"]]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise NotAJob(name, "the file is no notebook", "Open it in JupyterLab and save it again.") from error
    if found.get("nbformat") != 4 or len(kinds) != len(texts):
        raise NotAJob(name, "the notebook's format is not 4", "Open it in JupyterLab and save it again.")
    return Notebook(name=name, content=found)


def source(cell: Cell) -> str:
    """Return a cell's text, however the file keeps it."""
    text = cell.get("source", "")
    return text if isinstance(text, str) else "".join(text)


def code(cells: Sequence[Cell]) -> list[Cell]:
    """Return the cells with code."""
    return [cell for cell in cells if cell["cell_type"] == "code"]


def _short(paragraph: str) -> str:
    """As many of its sentences as fit, without Markdown's marks; of a first one that is too long the beginning."""
    plain = re.sub(r"[`*]", "", paragraph)
    if len(plain) <= MAX_CHARS:
        return plain
    ends = [found.end() for found in re.finditer(r"[.!?](?= )", plain[:MAX_CHARS])]
    return plain[: ends[-1]] if ends else shorten(plain, MAX_CHARS, placeholder=" …")


def _content(path: Path) -> bytes:
    try:
        if path.stat().st_size > MAX_BYTES:
            raise NotAJob(path.stem, "the file is larger than 20 MB", "Clear its outputs.")
        return path.read_bytes()
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise NotAJob(path.stem, f"the file can't be read: {reason}", f"See {path}.") from error


def _bound(text: str) -> Iterator[str]:
    """Yield the names that a cell binds, wherever in it; a cell with magics that are no Python binds none we know."""
    lines = ("pass" if line.lstrip().startswith(("%", "!")) else line for line in text.splitlines())
    try:
        tree = ast.parse("\n".join(lines))
    except (SyntaxError, ValueError):
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and isinstance(node.ctx, (ast.Store, ast.Del)):
            yield node.id


def _fitting(job: str, name: str, value: JsonValue, declared: JsonValue) -> JsonValue:
    if name == "mode" and value not in MODES:
        raise ParameterWrong(job, name, value, " or ".join(MODES))
    if declared is None or type(value) is type(declared):
        return value
    if isinstance(declared, float) and type(value) is int:
        return float(value)
    raise ParameterWrong(job, name, value, f"a value like {declared!r}")


def _read(text: str) -> JsonValue:
    """As JSON has it, whose numbers are finite; anything else stays a text."""
    try:
        found = json.loads({"True": "true", "False": "false", "None": "null"}.get(text, text))
        json.dumps(found, allow_nan=False)
    except ValueError:
        return text
    return found  # type: ignore[no-any-return]  # JSON
