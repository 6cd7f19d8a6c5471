"""What is looked at before a page goes out: what can't be right must be mended, what is odd is asked. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

from workbench.capabilities.content.draft import Draft
from workbench.connector_settings import ADDRESS

MAX_TITLE, MIN_WORDS, MAX_WORDS, MAX_ADDRESSES = 120, 20, 10_000, 200
LINK = re.compile(r"(!?)\[([^\]\n]*)\]\(([^)\n]*)\)")
OPEN_LINK = re.compile(r"\[[^\]\n]*\]\([^)\n]*$", re.MULTILINE)
PLACEHOLDER = re.compile(r"\b(TODO|FIXME|XXX+|TBD|lorem ipsum)\b|\[(?:insert|your) [^\]]*\]", re.IGNORECASE)
SCHEMES = ("http", "https")


def wrong(draft: Draft, has_file: Callable[[str], bool]) -> Iterator[str]:
    """Yield what must be mended; `has_file` says whether a file lies beside the draft."""
    yield from draft.problems
    if not draft.title:
        yield "it has no title"
    if len(draft.title) > MAX_TITLE:
        yield f"its title has {len(draft.title)} characters, more than {MAX_TITLE}"
    if not draft.body.strip():
        yield "it has no words"
    yield from (f"a link has no end: {each[0][:60]}" for each in OPEN_LINK.finditer(draft.body))
    for image, text, target in LINK.findall(draft.body):
        yield from _wrong_link(bool(image), text, target.strip(), has_file)
    yield from (
        f"{each[:60]!r} is no e-mail address" for each in draft.announce if not ADDRESS.fullmatch(each)
    )
    if len(draft.announce) > MAX_ADDRESSES:
        yield f"it is announced to {len(draft.announce)} addresses, more than {MAX_ADDRESSES}"
    if len({each.lower() for each in draft.announce}) < len(draft.announce):
        yield "an address stands twice in 'announce'"


def odd(draft: Draft) -> Iterator[str]:
    """Yield what may be meant, and rather is not."""
    words = len(draft.body.split())
    if words < MIN_WORDS:
        yield f"it has only {words} words"
    if words > MAX_WORDS:
        yield f"it has {words:,} words"
    for found in dict.fromkeys(each[0] for each in PLACEHOLDER.finditer(f"{draft.title}\n{draft.body}")):
        yield f"“{found}” looks like something left to be written"
    for image, _, target in LINK.findall(draft.body):
        if image and not urlsplit(target.strip()).scheme:
            yield f"the image {target.strip()} is not put on the site by this: only the words are"


def _wrong_link(is_image: bool, text: str, target: str, has_file: Callable[[str], bool]) -> Iterator[str]:
    named = f"the {'image' if is_image else 'link'} “{text[:40]}”"
    try:
        parts = urlsplit(target)
    except ValueError:
        yield f"{named} goes to {target[:60]!r}, which is no address"
        return
    if not target or any(sign.isspace() for sign in target):
        yield f"{named} goes to {target[:60]!r}, which is no address"
    elif parts.scheme in SCHEMES and not parts.netloc:
        yield f"{named} goes to {target[:60]!r}, which names no host"
    elif parts.scheme and parts.scheme not in (*SCHEMES, "mailto"):
        yield f"{named} begins with {parts.scheme}:, which no page needs"
    elif is_image and not parts.scheme and not has_file(target):
        yield f"the image {target[:60]} does not lie beside the draft"
