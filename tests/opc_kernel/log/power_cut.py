"""Power cuts, simulated: a recorded run is played again, and after each call stands what a disk may have kept."""

import re
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

import log_tracer

PAGE = 4096
CHANGES = (
    "openat,open,creat,write,writev,pwrite64,pwritev,fdatasync,fsync,ftruncate,truncate,fallocate,copy_file_range,"
    "sendfile,sync_file_range,mkdir,mkdirat,rename,renameat,renameat2,unlink,unlinkat,rmdir,link,linkat,symlink"
)
"""Whatever can change a file or make it durable; strace skips the names a machine does not know."""
STARTED = re.compile(r"(\d+) +(.*) <unfinished \.\.\.>$")
RESUMED = re.compile(r"(\d+) +<\.\.\. \w+ resumed>(.*)$")
CALL = re.compile(r"(\d+) +(\w+)\((.*)\) += (-?\d+)")
TEXT = re.compile(r'"((?:\\x[0-9a-f]{2})*)"')
NAMED = re.compile(r"^\d+<((?:\\x[0-9a-f]{2})*)>")


@dataclass(frozen=True)
class Step:
    """One call that came back: what it was, the files it named, its bytes, its numbers."""

    call: str
    paths: tuple[str, ...]
    content: bytes = b""
    numbers: tuple[int, ...] = ()
    flags: str = ""


@dataclass
class File:
    """What a file holds, and what of it would survive."""

    content: bytearray = field(default_factory=bytearray)
    synced: bytes = b""

    def sync(self):
        self.synced = bytes(self.content)

    def write(self, offset, content):
        self.content.extend(bytes(max(0, offset - len(self.content))))
        self.content[offset : offset + len(content)] = content

    def cut(self, size):
        del self.content[size:]
        self.content.extend(bytes(size - len(self.content)))

    def some_pages(self, chance):
        """Return what is left when some pages since the last sync were written back, and some were not."""
        low, high = sorted((len(self.synced), len(self.content)))
        size = chance.choice([len(self.synced), len(self.content), chance.randint(low, high)])
        kept = bytearray(size)
        for start in range(0, size, PAGE):
            page = slice(start, min(start + PAGE, size))
            source = self.content if chance.random() < 0.5 else self.synced
            kept[page] = source[page].ljust(page.stop - start, b"\0")
        return bytes(kept)


class Disk:
    """A folder on a disk that may lose power: files by name, and the names that would survive."""

    def __init__(self, folder):
        self.folder = PurePosixPath(folder)
        self.files, self.acknowledged = {}, {}
        for path in Path(folder).rglob("*"):
            if path.is_file():
                self.files[str(path.relative_to(folder))] = File(
                    bytearray(path.read_bytes()), path.read_bytes()
                )
        self._names_at_last_sync = dict(self.files)
        self._synced_names = dict(self.files)

    def play(self, step):
        """Do what a call did; return whether a file, a name or an acknowledgement changed."""
        names = [name for name in map(self._name, step.paths) if name is not None]
        if step.call == "write" and not names:
            return self._hear(step.content)
        return bool(names) and getattr(self, f"_{step.call.rstrip('0123456789')}")(step, *names) is not False

    def killed(self):
        """Everything that was written, synced or not: only the process ended."""
        return {name: bytes(file.content) for name, file in self.files.items()}

    def ordered(self):
        """What was synced, under the names of the last sync: a journalling file system in order."""
        return {name: file.synced for name, file in self._names_at_last_sync.items()}

    def some_pages(self, chance):
        """What was synced and some pages of the rest; the names of now or of the last sync."""
        names = chance.choice([self.files, self._names_at_last_sync])
        return {name: file.some_pages(chance) for name, file in names.items()}

    def names_lost(self):
        """What was synced, under the names whose folder was synced after them."""
        return {name: file.synced for name, file in self._synced_names.items()}

    def _name(self, path):
        try:
            return str(PurePosixPath(path).relative_to(self.folder))
        except ValueError:
            return None

    def _hear(self, content):
        heard = log_tracer.heard(content)
        self.acknowledged |= heard
        return bool(heard)

    def _openat(self, step, name):
        if "O_CREAT" not in step.flags:
            return False
        file = self.files.setdefault(name, File())
        if "O_TRUNC" in step.flags:
            file.cut(0)
        return True

    def _write(self, step, name):
        file = self.files[name]
        file.write(len(file.content), step.content)

    def _pwrite(self, step, name):
        self.files[name].write(step.numbers[-1], step.content)

    def _ftruncate(self, step, name):
        self.files[name].cut(step.numbers[-1])

    def _fdatasync(self, step, name):
        if name in self.files:
            self.files[name].sync()
        else:
            self._sync_names(name)
        self._names_at_last_sync = dict(self.files)

    _fsync = _fdatasync

    def _sync_names(self, folder):
        def here(names):
            return {name: file for name, file in names.items() if str(PurePosixPath(name).parent) == folder}

        gone = here(self._synced_names).keys()
        kept = {name: file for name, file in self._synced_names.items() if name not in gone}
        self._synced_names = kept | here(self.files)

    def _mkdir(self, step, name):
        return False  # a folder is made again wherever a file lies in it

    def _rename(self, step, name, target):
        self.files[target] = self.files.pop(name)

    def _unlink(self, step, name):
        del self.files[name]


def steps(trace):
    """Yield the calls of a trace that succeeded, in the order in which they came back."""
    started = {}
    for line in trace.read_text("ascii").splitlines():
        if begun := STARTED.match(line):
            started[begun[1]] = begun[2]
            continue
        if resumed := RESUMED.match(line):
            line = f"{resumed[1]} {started.pop(resumed[1])}{resumed[2]}"  # noqa: PLW2901 - one call, two lines
        call = CALL.match(line)
        if call and int(call[4]) >= 0:
            yield _step(call[2], call[3], int(call[4]))


def _step(call, arguments, result):
    texts = [bytes.fromhex(text.replace("\\x", "")) for text in TEXT.findall(arguments)]
    named = NAMED.match(arguments)
    rest = TEXT.sub("", arguments)
    numbers = tuple(int(number) for number in re.findall(r"(?<![\w<\\])\d+(?![\w<])", rest))
    if named and call not in {"openat", "unlinkat", "mkdirat"}:
        path = bytes.fromhex(named[1].replace("\\x", "")).decode()
        return Step(call, (path,), texts[0][:result] if texts else b"", numbers)
    return Step(call, tuple(text.decode() for text in texts), numbers=numbers, flags=rest)
