"""The doctor: looks for everything that can be wrong with a company's folder, and says what to do about each."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from pathlib import Path
from typing import Any, Literal

from opc_kernel.clock import Clock, SystemClock
from opc_kernel.errors import KernelError
from opc_kernel.log import place
from opc_kernel.log.database import DUCKDB
from opc_kernel.log.durable import FREE_FLOOR_BYTES
from opc_kernel.log.files import write_whole
from opc_kernel.log.ground import concerns
from opc_kernel.log.journal import segment_paths
from opc_kernel.log.lock import holder
from opc_kernel.log.opening import JOURNAL, QUARANTINE
from opc_kernel.log.sampling import sample
from workbench import composition
from workbench.address import read_address
from workbench.company import Company, company_folder, company_id, given_id, open_briefly
from workbench.jobs.trouble import trouble
from workbench.maintenance import maintained, verify_company
from workbench.owner import serving
from workbench.settings import Settings, SettingsInvalid, load_settings

ROOMY_BYTES = 4 * FREE_FLOOR_BYTES
OTHERS = 0o077
KEPT = (
    "SELECT DISTINCT split_part(stream, '/', 2) AS digest FROM event "
    "WHERE type IN ('file.received', 'file.refused', 'bank.layout_asked') AND data IS NOT NULL AND digest NOT IN "
    "(SELECT unnest((data->'digests')::VARCHAR[]) FROM event WHERE type = 'log.payload_erased') ORDER BY digest"
)
"""Files that came in and were not erased."""
CLOCK_SLACK = timedelta(seconds=2)
"""So far a clock that is kept in step may go back."""
FUTURE_SLACK = timedelta(minutes=5)

Severity = Literal["error", "warning", "note"]
SEVERITIES: tuple[Severity, ...] = ("error", "warning", "note")


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that is wrong, or worth knowing: what it is, and what to do."""

    severity: Severity
    check: str
    what: str
    todo: str


@dataclass(slots=True, kw_only=True)
class Subject:
    """The company that is looked at: what is known of it, and its log where it opens."""

    folder: Path
    now: datetime
    full: bool
    settings: Settings | None = None
    company: Company | None = None
    refusal: KernelError | OSError | None = None
    mended: tuple[str, ...] = field(default=())

    @property
    def identity(self) -> str | None:
        """The company's id, None where it can't be read."""
        try:
            return company_id(self.folder)
        except (KernelError, OSError):
            return None

    def rows(self, sql: str, **parameters: Any) -> list[tuple[Any, ...]]:  # noqa: ANN401 - SQL parameters
        """Ask the log, if there is one."""
        return self.company.query(sql, **parameters).rows if self.company else []


Told = Iterator[tuple[Severity, str, str]]
"""Severity, what, and what to do."""
Check = Callable[[Subject], Told]


def examine(folder: Path, *, full: bool = False, clock: Clock | None = None) -> list[Finding]:
    """Look at a company, the worst first; it may refuse to open, or be held by a server. Raises NotACompany.

    What is on the disk is looked at first: opening the company already mends some of it.
    """
    subject = Subject(folder=company_folder(folder), now=(clock or SystemClock()).now(), full=full)
    found = [*_asked(OF_THE_FOLDER, subject)]
    try:
        _open(subject, clock)
        found += _asked(OF_THE_LOG, subject)
    finally:
        if subject.company is not None:
            subject.company.close()
    return sorted(found, key=lambda finding: SEVERITIES.index(finding.severity))


def _asked(checks: dict[str, Check], subject: Subject) -> Iterator[Finding]:
    """Ask each check; one that can't look because of the disk or the log says so itself."""
    for name, check in checks.items():
        try:
            for severity, what, todo in check(subject):
                yield Finding(severity=severity, check=name, what=what, todo=todo)
        except (KernelError, OSError) as error:
            yield Finding(severity="error", check=name, what=_happened(error), todo=_todo(error))


def about_the_place(folder: Path) -> list[Finding]:
    """Look only at where a company lies: fast enough for each start."""
    subject = Subject(folder=folder, now=SystemClock().now(), full=False)
    return list(_asked({"folder": ground, "place": where}, subject))


def moved(folder: Path) -> str:
    """Say that the company lies here now; return its id. Raises CompanyBusy when an `up` or a command holds it."""
    return place.moved(_let_go(folder))


def copied(folder: Path) -> str:
    """Make this copy a company of its own; return its new id. Raises CompanyBusy when an `up` or a command holds it."""
    return place.copied(_let_go(folder))


def _let_go(folder: Path) -> Path:
    """Return a folder whose company was opened once, and that no server holds for its clients alone."""
    identity = given_id(company_folder(folder))
    server = serving(folder, identity)
    if server is not None:
        server.give_way()
    return folder


def _open(subject: Subject, clock: Clock | None) -> None:
    try:
        subject.company = open_briefly(subject.folder, clock=clock)
        subject.mended = getattr(subject.company.log, "mended", ())
    except (KernelError, OSError) as error:
        subject.refusal = error


def settings(subject: Subject) -> Told:
    """workbench.toml must be readable, and its zone known."""
    try:
        subject.settings = load_settings(subject.folder)
    except SettingsInvalid as error:
        yield "error", error.happened, error.todo


def ground(subject: Subject) -> Told:
    """A network file system or a cloud program may tear what is written."""
    for concern in concerns(subject.folder):
        yield "warning", concern.what, concern.todo


def where(subject: Subject) -> Told:
    """A copy must not act beside the first, nor an older release on a newer company."""
    place.refuse_foreign(subject.folder)
    identity = subject.identity
    reason = (
        place.look(subject.folder, identity) if identity and (subject.folder / ".lock").exists() else None
    )
    if reason is not None:
        yield (
            "error",
            f"Effects are held: {reason}",
            "If it moved here, or replaces one that is lost: workbench doctor --moved. "
            "If the other one goes on too: workbench doctor --copied.",
        )


def disk(subject: Subject) -> Told:
    """The disk must take a file, sync it and give it back."""
    probe = subject.folder / f".doctor-{os.getpid()}"
    content = os.urandom(32)
    try:
        write_whole(probe, content)
        same = probe.read_bytes() == content
        probe.unlink()
    except OSError as error:
        yield (
            "error",
            f"The disk refused to write and sync a file: {error.strerror}",
            "Check the disk and its cable, and that the folder is yours to write. Then restore the last backup "
            "elsewhere if files are lost.",
        )
        return
    if not same:
        yield (
            "error",
            "The disk gave back other bytes than it took",
            "Replace the disk; restore the last backup.",
        )


def space(subject: Subject) -> Told:
    """Appends are refused below a floor."""
    free = shutil.disk_usage(subject.folder).free
    if free < FREE_FLOOR_BYTES:
        yield (
            "error",
            f"Only {_size(free)} are free: appends are refused below {_size(FREE_FLOOR_BYTES)}",
            "Free some space; nothing else needs to be done.",
        )
    elif free < ROOMY_BYTES:
        yield "warning", f"Only {_size(free)} are free", "Free some space before appends are refused."


def permissions(subject: Subject) -> Told:
    """What is the operator's alone must be readable for nobody else."""
    configuration = place.configuration()
    own = [subject.folder, *(path for path in configuration.rglob("*") if path.is_file())]
    for path in own:
        mode = path.stat().st_mode
        if mode & OTHERS:
            yield (
                "warning",
                f"{path} is open to other users of this machine (mode {mode & 0o777:o})",
                f"chmod {'700' if path.is_dir() else '600'} {path}",
            )


def held(subject: Subject) -> Told:
    """Whoever holds the folder should serve it; an address nobody answers at is a rest of a killed server."""
    identity = subject.identity
    address = read_address(identity, subject.folder) if identity else None
    by = holder(subject.folder)
    if by is None and address is not None:
        yield (
            "note",
            f"A server that no longer runs left its address ({address.url})",
            "Nothing: the next one replaces it.",
        )
    elif by is not None and address is None:
        yield "note", f"The folder is held by {by}, which serves nobody", "Wait until it ends."


def set_aside(subject: Subject) -> Told:
    """What was set aside takes room, and may hold what an erasure meant."""
    for path in sorted((subject.folder / QUARANTINE).glob("*")):
        held_files = [each for each in (path, *path.rglob("*")) if each.is_file()]
        size = sum(each.stat().st_size for each in held_files)
        day = datetime.fromtimestamp(path.stat().st_mtime, UTC)
        yield (
            "note",
            f"{QUARANTINE}/{path.name} was set aside on {day:%Y-%m-%d} ({_size(size)})",
            "Delete it when the company works as it should: nothing needs it any more.",
        )


def engine(_: Subject) -> Told:
    """The database is trusted in the one release it was tried in."""
    found = version("duckdb")
    if found != DUCKDB:
        yield (
            "error",
            f"DuckDB {found} is installed; the log was tried with {DUCKDB} only",
            f"pip install duckdb=={DUCKDB}",
        )


def journal(subject: Subject) -> Told:
    """Places of the journal, its end among them, are held against their hashes; `--full` does it with all."""
    for spot in sample(segment_paths(subject.folder / JOURNAL)):
        yield (
            "error",
            f"{spot.path.name}, byte {spot.offset}: {spot.what}",
            "'workbench log verify' names every position that is touched; restore the last good backup.",
        )


def opening(subject: Subject) -> Told:
    """The company must open; what had to be put right is told."""
    if subject.refusal is not None and not isinstance(subject.refusal, SettingsInvalid):
        yield "error", _happened(subject.refusal), _todo(subject.refusal)
    for words in subject.mended:
        yield "note", f"Mended while opening: {words}", "Nothing: every event is there."


def verification(subject: Subject) -> Told:
    """With `--full`: journal, chain and database are compared event by event."""
    if not subject.full or isinstance(subject.refusal, SettingsInvalid):
        return
    for finding in verify_company(subject.folder).findings:
        yield (
            "error",
            str(finding),
            "If the journal is whole: workbench log rebuild --from-journal. Else restore the last good backup.",
        )


def read_models(subject: Subject) -> Told:
    """With `--full`: each read model is compared with its fold from nothing."""
    if not subject.full or subject.company is None:
        return
    for name, count in maintained(subject.company).differences().items():
        if count:
            yield "error", f"{count} rows of {name} differ from their fold", "workbench log rebuild"


def kept_files(subject: Subject) -> Told:
    """Each file that came in must lie in raw/; `--full` reads them all. A log that was imported came without."""
    raw = subject.folder / "raw"
    lost = [digest for (digest,) in subject.rows(KEPT) if not _is_whole(raw / digest, read=subject.full)]
    if lost:
        yield (
            "warning",
            f"{len(lost)} files that came in are not in raw/ as they were, such as {lost[0]}",
            "Copy them from a restored backup, or take the files in again.",
        )


def _is_whole(path: Path, *, read: bool) -> bool:
    if not (read and path.is_file()):
        return path.is_file()
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest() == path.name


def clock(subject: Subject) -> Told:
    """A clock that jumped leaves events out of order, or ahead of the time it is."""
    latest = subject.rows("SELECT max(recorded_at) FROM event")
    if latest and latest[0][0] is not None and latest[0][0] > subject.now + FUTURE_SLACK:
        yield (
            "error",
            f"The clock says {_instant(subject.now)}, but events were recorded up to {_instant(latest[0][0])}",
            "Set the machine's clock right. If it is right, those events bear a wrong time; their order holds.",
        )
    jumps = subject.rows(BACKWARDS, slack_s=CLOCK_SLACK.total_seconds())
    if jumps and jumps[0][0]:
        count, position, back_s = jumps[0]
        yield (
            "note",
            f"The clock went back {count} times between events, at position {position} by {timedelta(seconds=back_s)}",
            "Nothing: positions give the order. Let the machine keep its clock in step (NTP).",
        )


BACKWARDS = """
SELECT count(*), arg_max(position, back_s), max(back_s)::BIGINT
FROM (
    SELECT position, epoch(lag(recorded_at) OVER (ORDER BY position)) - epoch(recorded_at) AS back_s FROM event
)
WHERE back_s > $slack_s
"""


def types(subject: Subject) -> Told:
    """Events of types or versions that this release does not know stay, and nothing reads them."""
    known = {model.event_type: model.schema_version for model in composition.registry()}
    rows = subject.rows("SELECT type, max(schema_version), count(*) FROM event GROUP BY type ORDER BY type")
    for kind, schema_version, count in rows:
        if kind not in known:
            what = f"{count} events are of the type {kind}, which this release does not know"
        elif schema_version > known[kind]:
            what = f"{kind} stands in schema version {schema_version}, this release knows {known[kind]}"
        else:
            continue
        yield "warning", what, "Update the workbench; nothing is lost meanwhile."


def backups(subject: Subject) -> Told:
    """The last backup on another disk must not be too old."""
    days = (subject.settings or Settings()).backup.warn_after_days
    todo = "workbench log backup FOLDER-ON-ANOTHER-DISK"
    rows = subject.rows(LAST_BACKUP)
    events, elsewhere, here = rows[0] if rows else (0, None, None)
    if elsewhere is not None and subject.now - elsewhere > timedelta(days=days):
        yield "warning", f"The last backup elsewhere is {(subject.now - elsewhere).days} days old", todo
    elif elsewhere is None and here is not None:
        yield "warning", f"The only backups lie on the company's own disk, the last of {_instant(here)}", todo
    elif elsewhere is None and events:
        yield "warning", "There is no backup yet", todo


LAST_BACKUP = """
SELECT
    count(*),
    max(recorded_at) FILTER (WHERE type = 'log.backed_up' AND data->>'same_disk' = 'false'),
    max(recorded_at) FILTER (WHERE type = 'log.backed_up' AND data->>'same_disk' = 'true')
FROM event
"""


def jobs(subject: Subject) -> Told:
    """Jobs that failed or were missed of late, and a schedule that nobody keeps."""
    if subject.company is None:
        return
    found = trouble(subject.company)
    for name, since in found.overdue.items():
        what = f"The job {name} was due {_instant(since)}, and nobody ran it"
        yield (
            "warning",
            what,
            "Keep 'workbench up' running, or let cron call 'workbench job due': workbench job install",
        )
    for row in found.failing:
        what = f"The job {row['job']} failed {_instant(row['started_at'])}: {row['reason']}"
        yield (
            "warning",
            what,
            f"workbench job show {row['run'][:12]}; then workbench job resume {row['run'][:12]}",
        )
    for row in found.missed:
        what = f"{row['job']}: runs missed in the last days: {row['count']}, the last due {_instant(row['last'])}"
        yield (
            "note",
            f"{what} ({row['reason']})",
            "Nothing, if that is as it should be: its rule is 'missed'.",
        )


OF_THE_FOLDER: dict[str, Check] = {
    "settings": settings,
    "folder": ground,
    "place": where,
    "disk": disk,
    "space": space,
    "permissions": permissions,
    "holder": held,
    "quarantine": set_aside,
    "duckdb": engine,
    "journal": journal,
}
OF_THE_LOG: dict[str, Check] = {
    "opening": opening,
    "verify": verification,
    "read models": read_models,
    "kept files": kept_files,
    "clock": clock,
    "event types": types,
    "backup": backups,
    "jobs": jobs,
}


def _happened(error: KernelError | OSError) -> str:
    if isinstance(error, KernelError):
        return error.happened
    return f"{error.filename or 'The disk'}: {error.strerror or type(error).__name__}"


def _todo(error: KernelError | OSError) -> str:
    return error.todo if isinstance(error, KernelError) else "Check the disk, and that the file is yours."


def _size(size_bytes: int) -> str:
    return f"{size_bytes / 2**20:,.1f} MiB"


def _instant(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
