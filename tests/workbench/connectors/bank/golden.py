"""Golden files: each statement in files/ lies beside what must be read from it.

`make golden` writes every expected result anew; look at the difference before
you keep it.
"""

from __future__ import annotations

from pathlib import Path

import msgspec

from workbench.connectors.bank.errors import Refused
from workbench.connectors.bank.layout import Ambiguous
from workbench.connectors.bank.recognise import read_statement

FILES = Path(__file__).parent / "files"
EXPECTED = ".expected.json"


def golden_files() -> dict[str, Path]:
    """Return every statement by its path below files/."""
    paths = sorted(path for path in FILES.rglob("*") if path.is_file() and not path.name.endswith(EXPECTED))
    return {path.relative_to(FILES).as_posix(): path for path in paths}


def told(path: Path) -> str:
    """Return what the file says, or why it is refused, as JSON."""
    try:
        said: object = read_statement(path.read_bytes())
    except Ambiguous as question:
        said = {"asked": question.happened, "choices": question.choices}
    except Refused as refusal:
        said = {"refused": refusal.happened, "todo": refusal.todo}
    return msgspec.json.format(msgspec.json.encode(said), indent=1).decode() + "\n"


def expected(path: Path) -> Path:
    """Return where the expected result lies."""
    return path.with_name(path.name + EXPECTED)


if __name__ == "__main__":
    for each in golden_files().values():
        expected(each).write_text(told(each), encoding="utf-8")
