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


class MemorySettings(BaseModel):
    """Memory."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    languages: tuple[str, ...] = Field(default=LANGUAGES, min_length=1, max_length=4)
    """Languages whose endings recall knows, by their English names."""
    country: str = Field(default="DE", pattern="^[A-Z]{2}$")
    """Of phone numbers that name none: two letters."""
    embedding: EmbeddingSettings | None = None
    """An endpoint for meaning; without one the model on this machine is used, where it was fetched."""

    @field_validator("languages")
    @classmethod
    def _are_known(cls, languages: tuple[str, ...]) -> tuple[str, ...]:
        if languages == LANGUAGES:
            return languages
        if unknown := next((each for each in languages if each not in known_languages()), None):
            raise ValueError(f"{unknown!r} is none of {', '.join(sorted(known_languages()))}")
        return languages
