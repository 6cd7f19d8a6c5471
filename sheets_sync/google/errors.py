"""What can go wrong between us and Google; none of it says anything of a token or a key."""

from __future__ import annotations

from pathlib import Path

from opc_kernel.errors import KernelError
from sheets_sync.errors import SheetError, WorkbookChanged


class CredentialsUnusable(KernelError):
    """The file that was named holds no credentials for Google."""

    def __init__(self, path: Path, problem: str) -> None:
        super().__init__(
            f"{path} can't be used as credentials for Google: {problem}.",
            "Take the JSON file of a service account, an authorized user or an OAuth client of type Desktop.",
        )


class CredentialsRevoked(SheetError):
    """Google no longer takes the credentials."""

    def __init__(self, where: str) -> None:
        todo = "Connect it anew with 'workbench sheets connect FILE'. The queue's other faces go on."
        super().__init__(where, "Google refuses the credentials: they were revoked or have expired.", todo)


class AccessLost(SheetError):
    """The account may not do this with the spreadsheet."""

    def __init__(self, where: str, account: str) -> None:
        todo = f"Share it with {account} as an editor. The queue's other faces go on."
        super().__init__(where, f"{account} has no access.", todo)


class SpreadsheetMissing(SheetError):
    """There is no such spreadsheet, or it lies in the bin."""

    def __init__(self, where: str) -> None:
        todo = "Restore it from the bin, or name another in workbench.toml; nothing that was decided is lost."
        super().__init__(where, "there is no such spreadsheet.", todo)


class RequestRefused(WorkbookChanged):
    """Google did not carry out a request: most likely somebody renamed or removed what it was about."""

    def __init__(self, where: str, status: int, message: str) -> None:
        todo = "Sync again; if it stays so, please report this."
        SheetError.__init__(self, where, f"Google refused a request ({status}): {message}.", todo)


class GoogleUnreachable(SheetError):
    """No usable answer, after every patience; a question only, so nothing can have changed."""

    def __init__(self, where: str, problem: str, *, wait_s: float | None = None) -> None:
        super().__init__(where, f"Google does not answer ({problem}).", "Nothing is lost; sync again later.")
        self.wait_s = wait_s


class WriteUncertain(WorkbookChanged):
    """A write was sent and not answered: it may have been carried out. The next reading tells."""

    def __init__(self, where: str, problem: str) -> None:
        SheetError.__init__(
            self, where, f"Google did not say what became of a write ({problem}).", "Sync again."
        )
