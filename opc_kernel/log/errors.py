"""What can go wrong with the log, one type per cause."""

from __future__ import annotations

from pathlib import Path
from shlex import quote

from opc_kernel.errors import KernelError


class LogError(KernelError):
    """Base of the log's errors."""


class AppendRefused(LogError):
    """Base of every refusal of an append: nothing was stored."""


class EmptyAppend(AppendRefused):
    """An append without events."""

    def __init__(self) -> None:
        super().__init__(
            "An append needs at least one event.", "Skip the call when there is nothing to store."
        )


class VersionConflict(AppendRefused):
    """A stream was not at the version the writer relied on."""

    def __init__(self, stream: str, expected: int, actual: int) -> None:
        super().__init__(
            f"{stream} is at version {actual}, not at {expected}: something else was recorded meanwhile.",
            "Read it again and decide anew.",
        )
        self.stream, self.expected, self.actual = stream, expected, actual


class StreamErased(AppendRefused):
    """An append writes to a stream whose data was erased, or relies on it."""

    def __init__(self, stream: str) -> None:
        super().__init__(
            f"{stream} was erased: what rests on it might repeat what is gone.",
            "Read again what there is, and decide anew.",
        )
        self.stream = stream


class InvalidStream(AppendRefused):
    """A stream whose name can't be stored."""

    def __init__(self, stream: str) -> None:
        super().__init__(
            f"{stream[:80]!r} is not a stream.",
            "Name it 'category/id': lower case before the stroke, at most 128 characters without spaces after it.",
        )
        self.stream = stream


class MissingExpectation(AppendRefused):
    """A stream is written without saying which version it is expected to have."""

    def __init__(self, stream: str) -> None:
        super().__init__(
            f"The append writes {stream} without an expected version.",
            "Name the version you have read, NEW_STREAM, or ANY_VERSION.",
        )
        self.stream = stream


class EventIdTaken(AppendRefused):
    """An event id is stored already, with other content."""

    def __init__(self, event_id: str, position: int) -> None:
        super().__init__(
            f"Event id {event_id} is stored at position {position} with other content.",
            "Use a new id for a new fact; a retry must send the same content.",
        )
        self.event_id, self.position = event_id, position


class RepeatedEventId(AppendRefused):
    """One append names the same event id twice."""

    def __init__(self, event_id: str) -> None:
        super().__init__(
            f"Event id {event_id} stands twice in one append.", "Give each event an id of its own."
        )
        self.event_id = event_id


class PartlyStored(AppendRefused):
    """Some events of an append are stored already and others are not."""

    def __init__(self, stored: int, total: int) -> None:
        super().__init__(
            f"{stored} of the {total} events of this append are stored already.",
            "A retry must send the same events as the first try; leave out what is stored, or send all of it.",
        )
        self.stored, self.total = stored, total


class TooManyEvents(AppendRefused):
    """An append larger than one record may be."""

    def __init__(self, count: int, limit: int) -> None:
        super().__init__(
            f"{count:,} events are more than one append takes ({limit:,}).", "Split it into several appends."
        )


class AppendTooLarge(AppendRefused):
    """More bytes than one record may have."""

    def __init__(self, size_bytes: int, limit_bytes: int) -> None:
        super().__init__(
            f"{size_bytes // 2**20} MiB are more than one append takes ({limit_bytes // 2**20} MiB).",
            "Split it into several appends.",
        )


class DiskFull(AppendRefused):
    """Too little free space to promise that an append can be finished."""

    def __init__(self, folder: Path, free_bytes: int, needed_bytes: int) -> None:
        super().__init__(
            f"Only {free_bytes // 2**20} MiB are free where {folder} lies; this needs {needed_bytes // 2**20} MiB.",
            "Nothing was stored. Free some space; the next try works without further ado.",
        )
        self.free_bytes, self.needed_bytes = free_bytes, needed_bytes


class JournalUnwritable(LogError):
    """The disk refused the journal's bytes; what was written of them was taken back."""

    def __init__(self, reason: str) -> None:
        super().__init__(
            f"The disk refused the journal: {reason}.", "Nothing was stored. Check the disk, then try again."
        )


class OutcomeUnknown(LogError):
    """The disk failed so that nobody can say whether the append is stored."""

    def __init__(self, reason: str) -> None:
        super().__init__(
            f"The disk failed during an append and its outcome is unknown: {reason}.",
            "Open the company again and retry with the same event ids: what is stored will not be stored twice.",
        )


class LogsDisagree(LogError):
    """Journal and database tell different stories; nothing is guessed."""

    def __init__(self, position: int, reason: str) -> None:
        super().__init__(
            f"Journal and database disagree at position {position}: {reason}.",
            "Run 'workbench log verify' to see where. The journal is the truth: if its files are whole, "
            "'workbench log rebuild --from-journal' makes the database anew and keeps the old one in quarantine/.",
        )
        self.position, self.reason = position, reason


class JournalDamaged(LogError):
    """A line of the journal is not what was written."""

    def __init__(self, segment: Path, line: int, reason: str, *, position: int | None = None) -> None:
        super().__init__(
            f"Line {line} of {segment.name} is not what was written: {reason}.",
            "Restore that file from a backup; 'workbench log verify' names every position that is touched.",
        )
        self.segment, self.line, self.reason, self.position = segment, line, reason, position


class CompanyBusy(LogError):
    """Another program holds the folder."""

    def __init__(self, folder: Path, holder: str) -> None:
        super().__init__(
            f"{folder} is in use by {holder}.",
            "Wait until it ends, or work through it: 'workbench up' serves every shell.",
        )
        self.holder = holder


class ForkedLog(LogError):
    """The object was opened in another process."""

    def __init__(self) -> None:
        super().__init__(
            "This log was opened before the process forked.", "Open the company anew in the child process."
        )


class LogClosed(LogError):
    """The object was closed."""

    def __init__(self) -> None:
        super().__init__("This log is closed.", "Open the company again.")


class QueryRefused(LogError):
    """A statement that is more than a question."""

    def __init__(self, reason: str) -> None:
        super().__init__(
            f"The statement was refused: {reason}.",
            "Ask with one SELECT over the company's tables; see 'workbench sql --help'.",
        )
        self.reason = reason


class QueryFailed(LogError):
    """A statement the database could not answer."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"The statement could not be answered: {reason}", "Correct it and try again.")
        self.reason = reason


class FoldFailed(LogError):
    """A read model whose fold the database could not answer."""

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(
            f"The read model {name} could not be folded: {reason}",
            "Every event is stored; correct its fold and open the company again.",
        )
        self.name, self.reason = name, reason


class DatabaseFailed(LogError):
    """DuckDB failed in a way that has nothing to do with the question."""

    def __init__(self, reason: str) -> None:
        super().__init__(
            f"The database failed: {reason}", "Open the company again; it is mended from the journal."
        )
        self.reason = reason


class RowsTaken(DatabaseFailed):
    """An index holds entries of rows that are not there: under memory pressure DuckDB 2.0.0 may leave some."""


class DatabaseUnreadable(DatabaseFailed):
    """The bytes of the database file are not what DuckDB wrote."""


class CompanyTooNew(LogError):
    """A later release has owned this company."""

    def __init__(self, schema: int, known: int, release: str = "") -> None:
        super().__init__(
            f"A later release{release and f' ({release})'} has used this company: its tables are at number {schema}, "
            f"this release knows {known}.",
            "Update the workbench; nothing was changed.",
        )
        self.schema, self.known, self.release = schema, known, release


class FolderReadOnly(LogError):
    """A folder this process may not write to."""

    def __init__(self, folder: Path, reason: str) -> None:
        super().__init__(
            f"{folder} can't be written: {reason}.",
            "Make it writable for you, or copy it to a place that is and open it there; "
            "'workbench log verify' works as it is.",
        )
        self.reason = reason


class DiskFailed(LogError):
    """The disk refused to give or take a file."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(
            f"The disk failed at {path}: {reason}.",
            "Check the disk, its cable and its free space, and that the file is yours; 'workbench doctor' looks "
            "further. "
            "What was acknowledged stands in the journal and in the last backup.",
        )
        self.reason = reason


class IsABackup(LogError):
    """A backup that was about to be used as a company."""

    def __init__(self, folder: Path) -> None:
        super().__init__(
            f"{folder} is a backup: working in it would spoil it.",
            f"Make a company of it first: workbench log restore {quote(str(folder))} NEW-FOLDER",
        )


class FolderNotText(LogError):
    """A folder whose name is no text: DuckDB opens no file in it."""

    def __init__(self, folder: Path) -> None:
        super().__init__(
            f"The name of {str(folder)!a} is no text (UTF-8): no company can live there.",
            "Rename the folder, or name another; nothing was changed.",
        )


class Displaced(LogError):
    """An effect that may not happen: nobody knows whether this folder is the company or a copy of it."""

    def __init__(self, reason: str) -> None:
        super().__init__(
            f"Nothing leaves this company: {reason}.",
            "If it moved here, or replaces one that is lost: workbench doctor --moved. "
            "If the other one goes on too: workbench doctor --copied.",
        )
        self.reason = reason
