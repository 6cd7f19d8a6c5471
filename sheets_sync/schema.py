"""What a queue looks like as a sheet: its columns, in order, and who owns each."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import KW_ONLY, dataclass, field, replace
from typing import Literal

from sheets_sync.errors import SchemaWrong

Owner = Literal["system", "human"]
Kind = Literal["text", "number", "date", "choice"]
Tone = Literal["calm", "warm", "hot"]


@dataclass(frozen=True, slots=True)
class Column:
    """One column; `title` is its header and how it is found again, `width` is in characters.

    `choices` are the words a human column of kind "choice" allows; for `decision` and `choice` each row brings its own.
    `format` is a number or date pattern ("#,##0.00"), else the kind's own. `tones` colours cells by their word, `ages`
    a date once it lies so many days back: warm from the first number on, hot from the second.
    """

    name: str
    title: str
    _: KW_ONLY
    owner: Owner = "system"
    kind: Kind = "text"
    width: int = 16
    choices: tuple[str, ...] = ()
    hidden: bool = False
    help: str = ""
    format: str = ""
    tones: tuple[tuple[str, Tone], ...] = ()
    ages: tuple[int, int] | None = None


KEY = Column("key", "key", hidden=True, help="Says which item this row is. Leave it alone.")
HASH = Column("hash", "hash", hidden=True, help="Says which content you saw. Leave it alone.")
STATUS = Column("status", "Status", width=32, help="What became of the item; why an entry was not counted.")
DECISION = Column("decision", "decision", owner="human", kind="choice", width=13, help="What shall be done.")
CHOICE = Column("choice", "choice", owner="human", kind="choice", width=20, help="Your answer to a question.")


def key_title(tab: str) -> str:
    """Return the header of the key column: being hidden, it keeps what the tab was made for when that is renamed."""
    return f"{KEY.title}: {tab}" if tab else KEY.title


def tab_in(title: str) -> str | None:
    """Return what a key column's header says its tab was made for, None for any other header."""
    word, _, tab = title.partition(":")
    return tab.strip() if word.strip() == KEY.title else None


@dataclass(frozen=True, slots=True)
class Schema:
    """A sheet's name and columns: first KEY and HASH, somewhere STATUS and DECISION, perhaps CHOICE."""

    sheet: str
    columns: tuple[Column, ...]
    content: tuple[Column, ...] = field(init=False, repr=False, compare=False)
    """The columns that show an item: written once, never rewritten."""
    human: tuple[Column, ...] = field(init=False, repr=False, compare=False)
    """The columns the operator fills in."""

    def __post_init__(self) -> None:
        """Refuse what could not be found again in a workbook."""
        ours = {KEY.name, HASH.name, STATUS.name}
        system = (column for column in self.columns if column.owner == "system")
        object.__setattr__(self, "content", tuple(column for column in system if column.name not in ours))
        human = tuple(column for column in self.columns if column.owner == "human")
        object.__setattr__(self, "human", human)
        names = [column.name for column in self.columns]
        titles = [column.title for column in self.columns]
        if self.columns[:2] != (KEY, HASH):
            raise SchemaWrong(self.sheet, "the first two columns are not KEY and HASH")
        if len({*names}) < len(names) or len({*titles}) < len(titles):
            raise SchemaWrong(self.sheet, "two columns have the same name or title")
        for fixed in (STATUS, DECISION, CHOICE):
            self._check(fixed)

    def _check(self, fixed: Column) -> None:
        column = self.get(fixed.name)
        if column is None:
            if fixed is not CHOICE:
                raise SchemaWrong(self.sheet, f"there is no column {fixed.name}")
        elif (column.owner, column.kind) != (fixed.owner, fixed.kind):
            raise SchemaWrong(self.sheet, f"{fixed.name} is a {fixed.kind} column of the {fixed.owner}")
        elif fixed is not STATUS and column.title != fixed.title:
            raise SchemaWrong(self.sheet, f"scripts rely on the header {fixed.title}")

    def get(self, name: str) -> Column | None:
        """Return the column of that name."""
        return next((column for column in self.columns if column.name == name), None)

    def only(self, names: Collection[str]) -> Schema:
        """Return the schema with only these of its content columns: a sheet that others see need not hold them all.

        Raises SchemaWrong for a name that is no content column.
        """
        content = {column.name for column in self.content}
        if unknown := sorted(set(names) - content):
            raise SchemaWrong(self.sheet, f"{', '.join(unknown)} is no content column")
        left_out = content - set(names)
        return replace(self, columns=tuple(each for each in self.columns if each.name not in left_out))
