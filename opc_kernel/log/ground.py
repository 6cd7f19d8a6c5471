"""The ground a company's folder lies on: what file system it is, and whether a cloud program copies it away."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

MOUNTS = Path("/proc/self/mountinfo")
MOUNT = "/sbin/mount"
REMOTE = re.compile(
    r"nfs4?|cifs|smb\w*|9p|afs|afpfs|webdav|davfs|ceph|glusterfs|lustre|beegfs|gpfs|ncpfs|virtiofs|vboxsf"
    r"|fuse\.(sshfs|davfs2?|rclone|gvfsd-fuse|s3fs|gcsfuse|glusterfs|cephfs|smbnetfs|curlftpfs|onedriver|kio-fuse"
    r"|google-drive-ocamlfuse|vmhgfs-fuse)"
)
SYNCED_FOLDERS = {
    "Dropbox": r"Dropbox( \(.+\))?",
    "OneDrive": r"OneDrive( - .+)?|OneDrive-.+",
    "Google Drive": r"Google ?Drive|GoogleDrive-.+",
    "iCloud": r"Mobile Documents",
    "a cloud program": r"CloudStorage",
    "Nextcloud": r"Nextcloud\d?",
    "ownCloud": r"ownCloud\d?",
}
"""Names that such programs give to their folder."""
SYNC_MARKS = {
    "Dropbox": (".dropbox", ".dropbox.cache/"),
    "Syncthing": (".stfolder", ".stfolder/"),
    "Nextcloud or ownCloud": (".sync_*.db", "._sync_*.db", ".owncloudsync.log", ".nextcloudsync.log"),
    "Google Drive": (".tmp.driveupload/", ".tmp.drivedownload/"),
    "OneDrive": (".849C9593-D756-4E56-8D6E-42412F2A707B",),
}
"""What such programs leave at the top of what they sync; a folder ends in a stroke, `~/.dropbox` is none of these."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mount:
    """One mounted file system."""

    path: Path
    kind: str
    read_only: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Concern:
    """What speaks against a place: what it is, and what to do."""

    what: str
    todo: str


def concerns(folder: Path) -> tuple[Concern, ...]:
    """Return what speaks against keeping a company in this folder; nothing is refused for it."""
    path = folder.resolve()
    mount = mount_of(path, mounts())
    found = (_remote(mount) if mount else None, _synced(synced_by(path)))
    return tuple(concern for concern in found if concern is not None)


def mounts() -> tuple[Mount, ...]:
    """Return what is mounted now; nothing where the system does not tell."""
    if sys.platform == "darwin":
        told = subprocess.run([MOUNT], capture_output=True, text=True, check=False).stdout  # noqa: S603 - a fixed command
        return tuple(parse_mount(told.splitlines()))
    try:
        return tuple(
            parse_mountinfo(MOUNTS.read_text(encoding="utf-8", errors="surrogateescape").splitlines())
        )
    except OSError:
        return ()


def parse_mountinfo(lines: Iterable[str]) -> Iterable[Mount]:
    """Read /proc/self/mountinfo; see proc(5)."""
    for line in lines:
        before, _, after = line.partition(" - ")
        path, options = before.split(" ")[4:6]
        yield Mount(path=Path(_unescaped(path)), kind=after.split(" ")[0], read_only=_read_only(options))


def parse_mount(lines: Iterable[str]) -> Iterable[Mount]:
    """Read what `mount` prints on macOS: 'what on /where (kind, option, option)'."""
    for line in lines:
        if found := re.fullmatch(r".+? on (/.*) \((\w+)(.*)\)", line):
            path, kind, options = found.groups()
            yield Mount(path=Path(path), kind=kind, read_only="read-only" in options)


def mount_of(path: Path, mounted: Iterable[Mount]) -> Mount | None:
    """Return the file system that a path lies on; of two on one spot, the later."""
    over = [mount for mount in mounted if path.is_relative_to(mount.path)]
    return max(reversed(over), key=lambda mount: len(mount.path.parts), default=None)


def synced_by(path: Path) -> str | None:
    """Return the cloud program that copies this folder away, as far as names and marks tell."""
    for folder in (path, *path.parents):
        for program, names in SYNCED_FOLDERS.items():
            if re.fullmatch(names, folder.name):
                return program
        for program, marks in SYNC_MARKS.items():
            if any(_is_marked(folder, mark) for mark in marks):
                return program
    return None


def _is_marked(folder: Path, mark: str) -> bool:
    try:
        return any(each.is_dir() == mark.endswith("/") for each in folder.glob(mark.rstrip("/")))
    except OSError:
        return False  # a parent that is not ours to read


def _remote(mount: Mount) -> Concern | None:
    if not REMOTE.fullmatch(mount.kind):
        return None
    return Concern(
        what=f"The folder lies on a network file system ({mount.kind}): its locks and its syncs may not hold",
        todo="Keep the company on a disk of this machine, and its backup there.",
    )


def _synced(program: str | None) -> Concern | None:
    if program is None:
        return None
    return Concern(
        what=f"{program} copies this folder away while it is written to, and may bring back older files",
        todo="Keep the company outside it; let it carry an encrypted backup: workbench log backup --encrypt.",
    )


def _unescaped(path: str) -> str:
    return re.sub(r"\\([0-7]{3})", lambda found: chr(int(found[1], 8)), path)


def _read_only(options: str) -> bool:
    return "ro" in options.split(",")
