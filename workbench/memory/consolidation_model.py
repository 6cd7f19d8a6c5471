"""Summaries by a model, where one is set up: refused when they say a figure that nobody said; rules stand in for it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import partial
from typing import Annotated

from pydantic import BaseModel, Field

from opc_kernel.memory.consolidating import Episode, Kept, Told, template
from opc_kernel.memory.recall.dates import MONTHS
from opc_kernel.models.local_only import LOCAL_ONLY
from opc_kernel.models.port import ModelPort, NoModel, Use
from opc_kernel.models.prompt import Inputs, Prompt
from workbench.memory.consolidation import Tell

CAPABILITY = "memory"
PACKAGE = "workbench.memory"
MAX_SENTENCES = 12
SENTENCE_CHARS = 400
_FIGURE = re.compile(r"\d+(?:[.,:/'-]\d+)*")
_WORD = re.compile(r"[^\W\d_]+")


class Talk(Inputs):
    """What is summed up, item by item."""

    items: tuple[str, ...]


class HomeTalk(Inputs):
    """The same where something in it must not leave this machine."""

    items: Annotated[tuple[str, ...], LOCAL_ONLY]


class Sentence(BaseModel):
    """A sentence, and the numbers of the items it rests on."""

    text: str = Field(min_length=1, max_length=SENTENCE_CHARS)
    items: tuple[int, ...] = Field(min_length=1)


class Summary(BaseModel):
    """A summary."""

    sentences: tuple[Sentence, ...] = Field(min_length=1, max_length=MAX_SENTENCES)


def by_model(models: ModelPort) -> Tell:
    """Return what says of an episode what a model makes of it."""
    return partial(_told, models)


def _told(models: ModelPort, episode: Episode) -> Told:
    kind = HomeTalk if any(item.local_only for item in episode.members) else Talk
    prompt = Prompt.load(PACKAGE, "summary", inputs=kind, output=Summary)
    items = tuple(_numbered(number, item) for number, item in enumerate(episode.members, 1))
    use = Use(capability=CAPABILITY, task=episode.summary, causation_id=_cause(episode))
    answer = models.answer(prompt, kind(items=items), use=use)
    if isinstance(answer, NoModel):
        return _by_rules(episode, answer.reason)
    if problem := problem_of(answer.value, episode.members):
        return _by_rules(episode, f"the summary of {answer.model} {problem}")
    return Told(text=_text(answer.value, episode.members), by=f"by a model ({answer.model})")


def problem_of(summary: Summary, members: Sequence[Kept]) -> str:
    """Say what a summary holds that its own items do not: an item that is none, a figure or a month nobody named."""
    for sentence in summary.sentences:
        if not all(1 <= number <= len(members) for number in sentence.items):
            return "rests on an item that is none"
        held = _marks(" ".join(_spoken(members[number - 1]) for number in sentence.items))
        if unheard := sorted(_marks(sentence.text) - held):
            return f"says {unheard[0]}, which nobody said"
    return ""


def _marks(text: str) -> set[str]:
    """Return the figures and months of a text, as they are written."""
    months = {word for word in _WORD.findall(text.casefold()) if word in MONTHS and len(word) > 3}
    return {*_FIGURE.findall(text), *months}


def _text(summary: Summary, members: Sequence[Kept]) -> str:
    return "\n".join(
        f"{members[min(sentence.items) - 1].occurred_at:%Y-%m-%d}: {sentence.text}"
        for sentence in summary.sentences
    )


def _numbered(number: int, item: Kept) -> str:
    return f"{number}. {_spoken(item)}"


def _spoken(item: Kept) -> str:
    who = f"{item.speaker}: " if item.speaker else ""
    title = f"({item.title}) " if item.title else ""
    return f"{item.occurred_at:%Y-%m-%d} {who}{title}{item.text}"


def _by_rules(episode: Episode, reason: str) -> Told:
    told = template(episode)
    return Told(text=told.text, by=f"{told.by}: {reason}")


def _cause(episode: Episode) -> str | None:
    sources = episode.members[-1].sources
    return sources[0] if sources else None
