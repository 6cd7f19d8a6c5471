"""A marimo notebook as a job: exported to `.ipynb`, with the cell of its parameters tagged as papermill wants it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from functools import lru_cache
from pathlib import Path
from typing import Any

from workbench.jobs.errors import NotAJob
from workbench.jobs.notebook import MODES, TAG, Notebook, code, notebook_of, source

TIMEOUT_S = 120
HEADER = "# ///"
NAME_IT = 'Let one cell hold the parameters alone, one literal a line; its first line is mode = "sandbox".'


def exported(path: Path) -> Notebook:
    """Return a marimo notebook as a job's; the rule is the `[tool.workbench]` of its script header. Raises NotAJob."""
    try:
        found = path.stat()
    except OSError as error:
        raise NotAJob(path.stem, "the file can't be read", f"See {path}.") from error
    content = _exported(path, found.st_mtime_ns, found.st_size)
    metadata = {**content.get("metadata", {}), "workbench": _rule(path)}
    return notebook_of(path.stem, json.dumps({**content, "metadata": metadata}).encode())


@lru_cache(maxsize=32)
def _exported(path: Path, changed: int, size: int) -> dict[str, Any]:  # noqa: ARG001 - a changed file is another
    """Export takes seconds: once for each version of the file."""
    with tempfile.TemporaryDirectory(prefix="workbench-marimo-") as aside:
        target = Path(aside) / "job.ipynb"
        command = [sys.executable, "-m", "marimo", "-y", "export", "ipynb", str(path), "-o", str(target)]
        try:
            done = subprocess.run(  # noqa: S603 - our own command; the file is one argument
                [*command, "--sort", "topological", "--no-include-outputs", "--no-sandbox"],
                capture_output=True,
                check=False,
                timeout=TIMEOUT_S,
                stdin=subprocess.DEVNULL,
                env={**os.environ, "MARIMO_SKIP_UPDATE_CHECK": "1"},
            )
        except subprocess.TimeoutExpired as error:
            raise NotAJob(path.stem, "marimo took too long to export it", f"See {path}.") from error
        if done.returncode or not target.is_file():
            raise NotAJob(
                path.stem, "marimo can't export it", f"Try: marimo export ipynb {path} -o job.ipynb"
            )
        return _tagged(path.stem, json.loads(target.read_bytes()))


def _tagged(name: str, content: dict[str, Any]) -> dict[str, Any]:
    """Tag the cell that assigns `mode` a literal: without the tag papermill's values would be assigned over again."""
    declaring = [cell for cell in code(content["cells"]) if _declares(source(cell))]
    if len(declaring) != 1:
        raise NotAJob(name, f"{len(declaring)} of its cells assign mode", NAME_IT)
    declaring[0].setdefault("metadata", {}).setdefault("tags", []).append(TAG)  # type: ignore[attr-defined]  # made here
    return content


def _declares(text: str) -> bool:
    spelt = {f"mode = {sign}{mode}{sign}" for mode in MODES for sign in "\"'"}
    return any(line.split("#")[0].strip() in spelt for line in text.splitlines())


def _rule(path: Path) -> dict[str, Any]:
    """Return what the file's script header says under `[tool.workbench]`."""
    import tomllib

    lines = path.read_text("utf-8", errors="replace").splitlines()
    header = []
    if "# /// script" in lines:
        begin = lines.index("# /// script") + 1
        end = lines.index(HEADER, begin) if HEADER in lines[begin:] else begin
        header = [line.removeprefix("#").removeprefix(" ") for line in lines[begin:end]]
    try:
        found = tomllib.loads("\n".join(header)).get("tool", {}).get("workbench", {})
    except tomllib.TOMLDecodeError as error:
        raise NotAJob(
            path.stem, f"its script header is no TOML: {error}", "Correct its first lines."
        ) from error
    return found if isinstance(found, dict) else {}
