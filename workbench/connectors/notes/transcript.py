"""What was said in a meeting: subtitles with speakers (WebVTT, SRT), or lines such as `Jana: good morning`; pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from html import unescape

from workbench.connectors.notes.events import Turn
from workbench.refusal import Refused

MAX_TURNS = 5_000
MAX_CHARS = 150_000
LEAST_TURNS, LEAST_SPEAKERS = 4, 2
LEAST_SHARE = 0.6
"""Of a text's lines, so many begin with a speaker in a transcript."""

_TIMES = re.compile(r"(?:\d{1,3}:)?\d\d:\d\d[.,]\d{1,3}\s*-->\s*(?:\d{1,3}:)?\d\d:\d\d[.,]\d{1,3}.*")
_SRT = re.compile(r"\s*\d{1,6}\s*\n(?:\d{1,3}:)?\d\d:\d\d[.,]\d{1,3}\s*-->")
_VOICE = re.compile(r"<v(?:\.[^ >]{0,40})?\s([^>]{1,80})>")
_TAG = re.compile(r"</?[a-z0-9.:][^<>]{0,80}>", re.IGNORECASE)
_SPEAKER = re.compile(
    r"(?:\[?\d{1,2}:\d\d(?::\d\d)?\]?\s+)?\*{0,2}([A-ZÄÖÜ][\w.'’-]*(?: [\w.'’-]+){0,3})\*{0,2}:\*{0,2}\s+(\S.*)"
)
_NO_SPEAKER = frozenset(
    ("http", "https", "todo", "note", "subject", "date", "re", "betreff", "datum", "ps", "summary")
)


def read_transcript(text: str) -> tuple[Turn, ...] | None:
    """Return the turns of a transcript; None for a text of another kind. Raises Refused."""
    if text.startswith("WEBVTT") or _SRT.match(text):
        turns = _joined(_cues(text.splitlines()))
    elif _is_talk(lines := [line.strip() for line in text.splitlines() if line.strip()]):
        turns = _joined(map(_spoken, lines))
    else:
        return None
    if len(turns) > MAX_TURNS or sum(len(turn.text) for turn in turns) > MAX_CHARS:
        raise Refused("it is longer than a day of talk", todo="Part it into several files.")
    return turns or None


def _is_talk(lines: Sequence[str]) -> bool:
    speakers = [
        found[1] for line in lines if (found := _SPEAKER.fullmatch(line[:2_000])) and _is_name(found[1])
    ]
    return (
        len(speakers) >= LEAST_TURNS
        and len({*speakers}) >= LEAST_SPEAKERS
        and len({*speakers}) * 2 <= len(speakers)
        and len(speakers) >= LEAST_SHARE * len(lines)
    )


def _is_name(word: str) -> bool:
    return word.lower() not in _NO_SPEAKER


def _cues(lines: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Yield speaker and words of what is shown; notes and styles have no times and are left out."""
    is_shown, speaker = False, ""
    for line in lines:
        if _TIMES.fullmatch(line.strip()[:200]):
            is_shown, speaker = True, ""
        elif not line.strip():
            is_shown = False
        elif is_shown:
            voice = _VOICE.search(line[:2_000])
            speaker, text = (voice[1].strip(), line) if voice else _named(line.strip(), speaker)
            yield speaker, unescape(_TAG.sub("", _VOICE.sub("", text))).strip()


def _named(line: str, speaker: str) -> tuple[str, str]:
    found = _SPEAKER.fullmatch(line[:2_000])
    return (found[1], found[2]) if found and _is_name(found[1]) else (speaker, line)


def _spoken(line: str) -> tuple[str, str]:
    return _named(line, "")


def _joined(said: Iterator[tuple[str, str]] | map[tuple[str, str]]) -> tuple[Turn, ...]:
    """Join what one speaker said at a stretch; a line without a speaker goes on with the last."""
    turns: list[tuple[str, list[str]]] = []
    for speaker, text in said:
        if turns and speaker in ("", turns[-1][0]):
            turns[-1][1].append(text)
        elif text:
            turns.append((speaker, [text]))
    return tuple(Turn(speaker=speaker, text=" ".join(texts)) for speaker, texts in turns)
