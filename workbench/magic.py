"""SQL cells over the live log: `%load_ext workbench`, then `%opc` for a line and `%%opc` for a cell."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from functools import cached_property
from keyword import iskeyword
from typing import TYPE_CHECKING, Any

from IPython.core.completer import (
    CompletionContext,
    SimpleCompletion,
    SimpleMatcherResult,
    context_matcher,
)
from IPython.core.error import UsageError
from IPython.core.magic import Magics, line_cell_magic, magics_class, no_var_expand

from opc_kernel.errors import KernelError
from opc_kernel.sql import load_sql
from workbench.company import Company, open_company
from workbench.lab.charts import draw_offline
from workbench.view_page import Unnamed, counted

if TYPE_CHECKING:
    import pandas as pd
    from IPython.core.interactiveshell import InteractiveShell

PARAMETER = re.compile(
    r"'(?:[^']|'')*' | \"(?:[^\"]|\"\")*\" | --[^\n]* | /\*.*?\*/ | (?P<tag>\$\w*\$).*?(?P=tag)"
    r"| \$(?P<name>[A-Za-z_]\w*)",
    re.VERBOSE | re.DOTALL,
)
"""Names of parameters, and before them whatever may hold a dollar that is none."""
AFTER_TABLE_WORD = re.compile(r"\b(?:from|join|describe|summarize)\s+\w*$", re.IGNORECASE)
ASKS = re.compile(r"%%opc\b[^\n]*\n|(?:^|.*[\s=])%opc\s", re.DOTALL)
PLAIN = (bool, int, float, str, Decimal, date, bytes)
"""What a parameter may be; an instant is a date, too."""


def load(shell: InteractiveShell) -> None:
    """Make the magics, their completion and charts that need no network known to a notebook."""
    magics = CompanyMagics(shell)
    shell.register_magics(magics)
    shell.Completer.custom_matchers.append(magics.matcher())
    draw_offline(shell)


@magics_class
class CompanyMagics(Magics):
    """The magics of one notebook, on the company that it has as `company`, or that WORKBENCH_COMPANY names."""

    @no_var_expand  # without it a $name would be put in as text
    @line_cell_magic
    def opc(self, line: str, cell: str | None = None) -> pd.DataFrame | None:
        """Ask the company with one SELECT, and get a pandas frame.

        %opc SELECT …       in a line; `frame = %opc SELECT …` keeps it
        %%opc               the SELECT in the lines below
        %%opc frame         the same, kept as `frame`

        $name takes the notebook's variable of that name. Money stays exact (Decimal): where a float is meant, as in a
        chart, ask for amount::DOUBLE. A question with more than 200,000 rows is refused, never cut.
        """
        if cell is None:
            return self._frame(line)
        name = _name(line)
        frame = self._frame(cell)
        if not name:
            return frame
        self._variables[name] = frame
        print(f"{name}: {counted(len(frame), 'row')}, {counted(frame.shape[1], 'column')}")  # noqa: T201 - of a cell
        return None

    def _frame(self, sql: str) -> pd.DataFrame:
        try:
            company = self._company()
            return company.query(sql, **parameters(sql, self._variables)).df(decimals=True)
        except KernelError as error:
            raise UsageError(" ".join(str(error).split())) from None

    @property
    def _variables(self) -> dict[str, Any]:
        assert self.shell is not None, "magics are of one notebook"
        variables: dict[str, Any] = self.shell.user_ns
        return variables

    def _company(self) -> Company:
        named = self._variables.get("company")
        return named if isinstance(named, Company) else self._opened

    @cached_property
    def _opened(self) -> Company:
        folder = os.environ.get("WORKBENCH_COMPANY")
        if not folder:
            raise Unnamed
        return open_company(folder)

    @cached_property
    def _tables(self) -> dict[str, list[str]]:
        rows = self._company().query(load_sql("workbench", "view_tables")).rows
        return {table: columns.split(", ") for table, columns in rows}

    def matcher(self) -> Any:  # noqa: ANN401 - a function that IPython marks as a matcher
        """Return what completes names of tables and columns inside the magics, and nothing elsewhere."""

        @context_matcher(identifier="workbench.opc")  # type: ignore[untyped-decorator]  # of IPython
        def tables_and_columns(context: CompletionContext) -> SimpleMatcherResult:
            before = _before(context)
            if not ASKS.match(before):
                return {"completions": [], "suppress": False}
            tables = self._known()
            found = [
                SimpleCompletion(text=name, type="table" if name in tables else "column")
                for name in completions(before, context.token, tables)
            ]
            return {"completions": found, "suppress": True}

        return tables_and_columns

    def _known(self) -> Mapping[str, list[str]]:
        try:
            return self._tables
        except KernelError:
            return {}  # the question itself will say why


def parameters(sql: str, variables: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values of a statement's $names. Raises UsageError for a name that the notebook does not hold."""
    names = {found["name"] for found in PARAMETER.finditer(sql) if found["name"]}
    return {name: _value(name, variables) for name in names}


def _value(name: str, variables: Mapping[str, Any]) -> Any:  # noqa: ANN401 - SQL parameters are plain values
    if name not in variables:
        raise UsageError(f"${name} stands for a variable that this notebook does not have.")
    value = _plain(variables[name])
    if value is None or isinstance(value, (*PLAIN, list)):
        return value
    raise UsageError(
        f"${name} is a {type(value).__name__}: a number, a text, a day or a list of them can be asked for."
    )


def _plain(value: Any) -> Any:  # noqa: ANN401 - whatever a notebook holds
    """Return what pandas and numpy hold as Python's own."""
    if hasattr(value, "to_pydatetime") and not hasattr(value, "__len__"):
        return value.to_pydatetime() if value == value else None  # noqa: PLR0124 - no instant differs from itself
    if hasattr(value, "tolist"):
        return value.tolist()
    if isinstance(value, (list, tuple, set, frozenset)):
        return [_plain(each) for each in value]
    return value


def _name(line: str) -> str:
    name = line.strip()
    if name and (not name.isidentifier() or iskeyword(name)):
        raise UsageError(f"{name!r} is no name of a variable: %%opc takes one, the SELECT begins below it.")
    return name


def _before(context: CompletionContext) -> str:
    lines = context.full_text.split("\n")
    head = lines[: context.cursor_line]
    here = lines[context.cursor_line][: context.cursor_position]
    return "\n".join([*head, here]) if context.full_text.startswith("%%opc") else here


def completions(before: str, token: str, tables: Mapping[str, list[str]]) -> list[str]:
    """Return the names that a token may become: tables after FROM, else columns of the tables that are named."""
    if AFTER_TABLE_WORD.search(before):
        return sorted(name for name in tables if name.startswith(token))
    owner, dot, begun = token.rpartition(".")
    return sorted({f"{owner}{dot}{name}" for name in _columns(before, tables) if name.startswith(begun)})


def _columns(before: str, tables: Mapping[str, list[str]]) -> Iterator[str]:
    words = set(re.findall(r"\w+", before))
    named = [table for table in tables if table in words] or list(tables)
    return (column for table in named for column in tables[table])
