"""When a job runs, how long it may take, and what becomes of a run that was missed: its notebook's word, then yours."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Literal

from cronsim import CronSim, CronSimError
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, JsonValue, field_validator

Missed = Literal["latest", "each", "skip"]
Mode = Literal["sandbox", "production"]

UNITS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}
DURATION = re.compile(r"([1-9]\d{0,5})\s*([smhd])")
LONGEST = timedelta(days=366)
NAME = re.compile(r"[a-z][a-z0-9_]{0,62}")


def _is_cron(text: str) -> str:
    try:
        next(CronSim(text, datetime(2026, 1, 1, tzinfo=UTC)))
    except (CronSimError, StopIteration) as error:
        raise ValueError(f"{text!r} is no cron line, such as '0 7 * * 1-5': {error}") from error
    if len(text.split()) != 5:
        raise ValueError(f"{text!r} has not five fields: minute, hour, day, month, weekday")
    return " ".join(text.split())


def _is_duration(text: str) -> str:
    if seconds(text) > LONGEST.total_seconds():
        raise ValueError(f"{text!r} is more than a year")
    return text


Cron = Annotated[str, AfterValidator(_is_cron)]
Duration = Annotated[str, AfterValidator(_is_duration)]


class JobRule(BaseModel):
    """What a notebook's metadata say of it under `workbench`, or `[jobs.NAME]` in the settings, which goes first."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    on: bool = True
    cron: Cron | None = None
    """Minute, hour, day, month, weekday, in the company's zone; without one it runs when it is asked for."""
    missed: Missed = "latest"
    """Of runs that were missed: the newest alone, each of them, or none."""
    stale_after: Duration = "1d"
    """What was due longer ago is not run any more, and told."""
    time_limit: Duration = "15m"
    """For a whole run, from its start to its end."""
    mode: Mode = "production"
    parameters: dict[str, JsonValue] = Field(default_factory=dict)

    @field_validator("parameters")
    @classmethod
    def _are_no_mode(cls, given: dict[str, JsonValue]) -> dict[str, JsonValue]:
        if "mode" in given:
            raise ValueError('the mode stands beside the parameters: mode = "sandbox"')
        return given

    def with_settings(self, settings: JobRule | None) -> JobRule:
        """Return the rule with what the settings say put over it."""
        if settings is None:
            return self
        said = settings.model_dump(exclude_unset=True)
        parameters = {**self.parameters, **said.pop("parameters", {})}
        return self.model_copy(update={**said, "parameters": parameters})

    @property
    def stale_after_s(self) -> int:
        """`stale_after` in seconds."""
        return seconds(self.stale_after)

    @property
    def time_limit_s(self) -> int:
        """`time_limit` in seconds."""
        return seconds(self.time_limit)


def seconds(duration: str) -> int:
    """Return `90s`, `15m`, `20h` or `3d` in seconds; raises ValueError for anything else."""
    found = DURATION.fullmatch(duration.strip())
    if found is None:
        raise ValueError(f"{duration!r} is no duration, such as 90s, 15m, 20h or 3d")
    return int(found[1]) * UNITS[found[2]]


def said(rule: JobRule) -> dict[str, Any]:
    """Return a rule as its event holds it."""
    return {
        "cron": rule.cron if rule.on else None,
        "missed": rule.missed,
        "stale_after_s": rule.stale_after_s,
        "time_limit_s": rule.time_limit_s,
        "mode": rule.mode,
        "parameters": rule.parameters,
    }
