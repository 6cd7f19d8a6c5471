"""The jobs of a company: the notebooks that come with the product, and the operator's own in the folder `jobs`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from workbench.jobs.errors import NotAJob, UnknownJob
from workbench.jobs.notebook import Notebook, read_notebook
from workbench.jobs.rule import NAME, JobRule
from workbench.settings import Settings

OWN = "jobs"
SHIPPED = Path(__file__).resolve().parent.parent.parent / "notebooks" / "jobs"
"""Beside the packages, as the views are."""


@dataclass(frozen=True)
class Job:
    """One notebook that can be on duty."""

    name: str
    path: Path
    settings: JobRule | None = None
    """What the company's settings say of it."""

    @property
    def is_own(self) -> bool:
        """Whether it is the operator's."""
        return self.path.parent != SHIPPED

    @cached_property
    def notebook(self) -> Notebook:
        """Its notebook; one of marimo's is exported. Raises NotAJob."""
        if self.path.suffix == ".py":
            from workbench.jobs.marimo_notebook import exported

            return exported(self.path)
        return read_notebook(self.path)

    @property
    def rule(self) -> JobRule:
        """By which rule it runs: the settings' word goes before the notebook's. Raises NotAJob."""
        return self.notebook.rule.with_settings(self.settings)

    @property
    def problem(self) -> str:
        """Why it can't run, empty when it can."""
        try:
            self.notebook.given(self.rule.parameters)
        except NotAJob as error:
            return error.happened
        return ""


def find_jobs(folder: Path, settings: Settings) -> dict[str, Job]:
    """Return a company's jobs by name; one of the operator's takes the place of a shipped one."""
    paths = {path.stem: path for place in (SHIPPED, folder / OWN) for path in _notebooks(place)}
    rules: Mapping[str, JobRule] = settings.jobs
    return {name: Job(name, path, rules.get(name)) for name, path in sorted(paths.items())}


def find_job(folder: Path, settings: Settings, name: str) -> Job:
    """Return one job. Raises UnknownJob."""
    jobs = find_jobs(folder, settings)
    if name not in jobs:
        raise UnknownJob(name, tuple(jobs))
    return jobs[name]


def unused(folder: Path, settings: Settings) -> Iterator[str]:
    """Yield what looks meant for a job and is none: names in the settings, and of notebooks."""
    jobs = find_jobs(folder, settings)
    for name in sorted(set(settings.jobs) - set(jobs)):
        yield f"workbench.toml speaks of a job {name!r}, and there is none."
    for path in sorted((folder / OWN).glob("*.ipynb")):
        if not NAME.fullmatch(path.stem):
            yield f"jobs/{path.name} is no job: its name must be small letters, digits and _."


def _notebooks(place: Path) -> Iterator[Path]:
    for path in sorted(place.glob("*")):
        if NAME.fullmatch(path.stem) and path.is_file() and (path.suffix == ".ipynb" or _is_marimo(path)):
            yield path


def _is_marimo(path: Path) -> bool:
    """Whether a file of Python is a notebook, and not a module beside one."""
    try:
        return path.suffix == ".py" and b"marimo.App(" in path.read_bytes()
    except OSError:
        return False
