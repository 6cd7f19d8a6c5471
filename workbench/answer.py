"""An answer in a notebook: rows that show themselves as a table, and become a pandas frame."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING, Any

from opc_kernel.log.rows import Rows

if TYPE_CHECKING:
    import pandas as pd

SHOWN_ROWS = 50
WHOLE = {"TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER"}


class Answer(Rows):
    """The answer to a question, as a company gives it."""

    __slots__ = ()

    def df(self, *, decimals: bool = False) -> pd.DataFrame:
        """Return a frame: days and instants as datetime64 (instants in UTC), whole numbers as Int64.

        Money becomes float64, good for sums on the screen and charts; with `decimals` it stays exact, as objects.
        """
        import pandas as pd

        columns = [
            _series(kind, [row[index] for row in self.rows], decimals=decimals)
            for index, kind in enumerate(self.types)
        ]
        frame = pd.DataFrame(dict(enumerate(columns)), index=range(len(self.rows)))
        frame.columns = pd.Index(self.columns)  # two may bear the same name
        return frame

    def _repr_html_(self) -> str:
        head = "".join(f"<th>{escape(name)}</th>" for name in self.columns)
        body = "".join(
            "<tr>" + "".join(f"<td>{_cell(value)}</td>" for value in row) + "</tr>"
            for row in self.rows[:SHOWN_ROWS]
        )
        more = len(self.rows) - SHOWN_ROWS
        rest = f"<p>… and {more:,} more rows</p>" if more > 0 else ""
        return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{rest}"


def _cell(value: object) -> str:
    return "" if value is None else escape(str(value))


def _series(kind: str, values: Sequence[Any], *, decimals: bool) -> pd.Series[Any]:
    import pandas as pd

    if kind.startswith("DECIMAL"):
        exact = decimals
        return pd.Series(
            values if exact else [_float(value) for value in values], dtype="object" if exact else "float64"
        )
    if kind in WHOLE or kind == "BOOLEAN":
        return pd.Series(values, dtype="boolean" if kind == "BOOLEAN" else "Int64")
    if kind == "DATE" or kind.startswith("TIMESTAMP"):
        return pd.Series(
            pd.to_datetime(pd.Series(values, dtype="object"), utc="ZONE" in kind, errors="coerce")
        )
    return pd.Series(values, dtype="object" if kind not in ("DOUBLE", "FLOAT") else "float64")


def _float(value: Any) -> float | None:  # noqa: ANN401 - a Decimal or nothing
    return None if value is None else float(value)
