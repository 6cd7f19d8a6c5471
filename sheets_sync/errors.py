"""What can go wrong with a workbook as a whole; whatever concerns one row is a conflict, not an error."""

from __future__ import annotations

from opc_kernel.errors import KernelError


class SheetError(KernelError):
    """Base of the errors of this package. `where` names the workbook; nothing in it was changed."""

    def __init__(self, where: str, happened: str, todo: str) -> None:
        super().__init__(f"{where}: {happened}", todo)
        self.where = where


class SchemaWrong(SheetError):
    """A schema that no workbook could carry; a mistake in the program, found at import."""

    def __init__(self, sheet: str, problem: str) -> None:
        super().__init__(sheet, f"{problem}.", "Correct the schema.")


class WorkbookBroken(SheetError):
    """The file cannot be read as a workbook: damaged, encrypted, or beyond the limits."""

    def __init__(self, where: str, problem: str) -> None:
        todo = "It is left as it is. Restore an older copy, or move it away: the next sync makes a new one."
        super().__init__(where, f"cannot be read, {problem}.", todo)


class ColumnsWrong(SheetError):
    """The sheet is there, but a column of ours is missing or there twice."""

    def __init__(self, where: str, problem: str) -> None:
        todo = "Put it right, or delete this sheet: the next sync makes a new one."
        super().__init__(where, f"{problem}.", todo)


class WorkbookChanged(SheetError):
    """Somebody saved the file between our read and our write, or is saving it right now."""

    def __init__(self, where: str) -> None:
        super().__init__(where, "was saved by somebody else meanwhile.", "Sync again.")


class WorkbookHeld(SheetError):
    """The workbook must not be written now; `why` is what `Sheet.held` says."""

    def __init__(self, where: str, why: str) -> None:
        super().__init__(where, f"is not written: {why}.", "Sync again when that is settled.")


class ReadBackDiffers(SheetError):
    """What was read back is not what was to be written."""

    def __init__(self, where: str, difference: str) -> None:
        super().__init__(where, f"reads back differently: {difference}.", "Please report this.")
