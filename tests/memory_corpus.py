"""Recall against long conversations of others: which turns hold the answer to a question, and how many are found.

A folder holds `dev/*.json` (or the files themselves); each file is one conversation: `turns` with `dia_id`, `session`,
`speaker`, `text`, `blip_caption` (what a shared picture shows) and `date_time`, and `qa` with `question` and
`evidence`, the turns that answer it. All conversations go into one company; a question is asked within its own, which
is an entity. Figures are the share of the evidence among the first 5, 10 and 25, the mean over all questions with any.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

sys.path.insert(0, str(Path(__file__).parent / "opc_kernel" / "memory" / "recall"))
from recall_examples import keep, kept, opened

from opc_kernel.memory.recall.embedding import Embedding
from opc_kernel.memory.recall.recall import Recall

DEPTHS = (5, 10, 25)


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A question, the conversation it is about, and the turns that answer it."""

    text: str
    entity: str
    evidence: tuple[str, ...]


def conversations(folder: Path) -> list[dict]:
    """Read the corpus."""
    files = sorted((folder / "dev").glob("*.json")) or sorted(folder.glob("*.json"))
    return [json.loads(file.read_text("utf-8")) for file in files if file.name != "MANIFEST.json"]


def take_in(log, given: Sequence[dict]) -> list[Question]:
    """Keep every turn as an item; return the questions."""
    for conversation in given:
        keep(log, *_turns(conversation))
    return [question for conversation in given for question in _questions(conversation)]


def measure(recall: Recall, questions: Sequence[Question]) -> tuple[float, ...]:
    """Return the share of the evidence found at each depth, in percent."""
    shares = [_shares(recall, question) for question in questions]
    return tuple(round(100 * sum(each) / len(shares), 1) for each in zip(*shares, strict=True))


def figures(folder: Path, embedding: Embedding | None, at: Path) -> tuple[float, ...]:
    """Measure with the defaults of the public recall."""
    with opened(at) as log:
        questions = take_in(log, conversations(folder))
        with Recall(log, at, embeddings=[embedding] if embedding else []) as recall:
            while recall.catch_up().waiting:
                pass
            return measure(recall, questions)


def _shares(recall: Recall, question: Question) -> list[float]:
    found = recall.recall(question.text, entity=question.entity, k=max(DEPTHS))
    ids = [recalled.item.stream.rpartition("_")[2] for recalled in found]
    return [len({*ids[:depth]} & {*question.evidence}) / len({*question.evidence}) for depth in DEPTHS]


def _turns(conversation: dict) -> Iterator:
    name = conversation["sample_id"]
    for number, turn in enumerate(conversation["turns"]):
        shown = f" [{turn['blip_caption']}]" if turn.get("blip_caption") else ""
        yield kept(
            f"{name}_{turn['dia_id']}",
            f"{turn['speaker']}: {turn['text']}{shown}",
            kind="transcript",
            entities=(f"entity/{name}",),
            conversation=f"{name} {turn['session']}",
            place=number,
            at=_instant(turn["date_time"]),
        )


def _questions(conversation: dict) -> Iterator[Question]:
    for asked in conversation["qa"]:
        if asked.get("evidence_ok", True) and asked["evidence"]:
            yield Question(
                text=asked["question"],
                entity=f"entity/{conversation['sample_id']}",
                evidence=tuple(asked["evidence"]),
            )


def _instant(text: str) -> datetime | None:
    try:
        return datetime.strptime(text, "%I:%M %p on %d %B, %Y").replace(tzinfo=UTC)
    except ValueError:
        return None


def main(folder: Path) -> None:
    from workbench.connectors.embedding.minilm import MiniLM
    from workbench.connectors.embedding.model_files import is_fetched, model_folder

    models = [None, MiniLM(model_folder())] if is_fetched(model_folder()) else [None]
    for model in models:
        with TemporaryDirectory() as at:
            found = figures(folder, model, Path(at) / "company")
        print("words only" if model is None else f"with {model.name}", *found, sep="\t")  # noqa: T201 - its result


if __name__ == "__main__":
    main(Path(sys.argv[1]))
