"""What a company's settings say about its memory: the section `[memory]`."""

from __future__ import annotations

from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from opc_kernel.memory.recall.terms import LANGUAGES, known_languages
from opc_kernel.models.settings import Address, is_own_host


class EmbeddingSettings(BaseModel):
    """The section `[memory.embedding]`: an endpoint that speaks OpenAI's API."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    endpoint: Address
    model: str = Field(min_length=1, max_length=200)
    dimension: int = Field(ge=8, le=8_192)
    remote: bool = False
    """Whether an endpoint on this machine passes requests on: then it counts as one elsewhere."""
    local_hosts: tuple[str, ...] = ()
    """Hosts that are the company's own, beside this machine."""
    local_only: tuple[str, ...] = ()
    """Kinds of items that are never shown to an endpoint elsewhere."""
    timeout_s: float = Field(default=60, gt=0, le=600)

    @model_validator(mode="after")
    def _is_safe(self) -> EmbeddingSettings:
        if not is_own_host(self._hostname, self.local_hosts) and not self.endpoint.startswith("https:"):
            raise ValueError(f"{self.host} is not on this machine: its address must be https")
        return self

    @property
    def host(self) -> str:
        """Host and port, as a key is kept for them."""
        return urlsplit(self.endpoint).netloc.lower()

    @property
    def is_local(self) -> bool:
        """Whether texts stay on machines of the company's own."""
        return not self.remote and is_own_host(self._hostname, self.local_hosts)

    @property
    def _hostname(self) -> str:
        return urlsplit(self.endpoint).hostname or ""


class ForgetSettings(BaseModel):
    """The section `[memory.forget]`: after how long it is proposed to forget; without a number nothing ever is."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    leads_after_days: int | None = Field(default=None, ge=30, le=36_500)
    """People and firms that never were customer or supplier, so long after something was heard of them last."""
    mails_after_days: int | None = Field(default=None, ge=30, le=36_500)
    """Mails of this age; letters about invoices are records and stay."""

    @property
    def is_on(self) -> bool:
        """Whether anything is ever proposed."""
        return self.leads_after_days is not None or self.mails_after_days is not None


class MemorySettings(BaseModel):
    """Memory."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    languages: tuple[str, ...] = Field(default=LANGUAGES, min_length=1, max_length=4)
    """Languages whose endings recall knows, by their English names."""
    country: str = Field(default="DE", pattern="^[A-Z]{2}$")
    """Of phone numbers that name none: two letters."""
    sum_up_after_days: int = Field(default=60, ge=1, le=36_500)
    """How old what was said must be before it is summed up."""
    sum_up_series_after_days: int = Field(default=7, ge=1, le=36_500)
    """The same of what comes again and again with other figures, as machines write it."""
    sum_up_items: int = Field(default=4, ge=2, le=200)
    """So many items of one conversation, or of one month, are an episode worth a summary."""
    fade_after_days: int = Field(default=180, ge=1, le=36_500)
    """How long nobody must have used an item that holds no money, promise or decision before it fades."""
    embedding: EmbeddingSettings | None = None
    """An endpoint for meaning; without one the model on this machine is used, where it was fetched."""

    forget: ForgetSettings = ForgetSettings()
    """What is proposed to be forgotten after a time."""

    @field_validator("languages")
    @classmethod
    def _are_known(cls, languages: tuple[str, ...]) -> tuple[str, ...]:
        if languages == LANGUAGES:
            return languages
        if unknown := next((each for each in languages if each not in known_languages()), None):
            raise ValueError(f"{unknown!r} is none of {', '.join(sorted(known_languages()))}")
        return languages
