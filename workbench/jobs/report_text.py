"""An executed notebook as plain text: what its cells say and printed, for a terminal."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from opc_kernel.text import visible
from workbench.jobs.errors import NotAJob
from workbench.jobs.notebook import read_notebook, source
from workbench.jobs.verdict import COLOURS, OURS


def report_text(folder: Path, notebook: str | None) -> str:
    """Return what an executed notebook shows, without its code; empty where there is none."""
    if not notebook:
        return ""
    try:
        cells = read_notebook(folder / notebook).cells
    except NotAJob as error:
        return str(error)
    ours = (cell for cell in cells if not OURS & set(cell.get("metadata", {}).get("tags", ())))
    parts = [part.strip("\n") for cell in ours for part in _parts(cell)]
    return visible("\n\n".join(part for part in parts if part))


def _parts(cell: Any) -> Iterator[str]:  # noqa: ANN401 - JSON
    if cell["cell_type"] == "markdown":
        yield source(cell)
    for output in cell.get("outputs", ()):
        match output["output_type"]:
            case "stream":
                yield _joined(output.get("text", ""))
            case "error":
                yield COLOURS.sub("", f"{output['ename']}: {output['evalue']}")
            case _:
                yield _joined(output.get("data", {}).get("text/plain", ""))


def _joined(text: str | list[str]) -> str:
    return text if isinstance(text, str) else "".join(text)
