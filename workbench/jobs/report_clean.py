"""HTML from a notebook's outputs made harmless: no script, no address that loads or leads anywhere, no form.

Links become text with their address, so that a reader sees where they would have led.
"""

from __future__ import annotations

import re
from functools import cache
from html.parser import HTMLParser

import bleach
from bleach.css_sanitizer import CSSSanitizer
from bs4 import BeautifulSoup, Tag

from opc_kernel.text import visible

SHOWN = (
    "abbr b blockquote br caption code col colgroup dd del details div dl dt em h1 h2 h3 h4 h5 h6 hr i img ins kbd "
    "li mark ol p pre s small span strong sub summary sup table tbody td tfoot th thead tr u ul var"
)
GONE = (
    "script style template noscript title iframe frame frameset object embed applet svg math form button select "
    "textarea audio video base link meta xmp noembed noframes plaintext"
)
"""Elements of which nothing stays, not even their text."""
STYLES = (
    "background-color border border-bottom border-collapse border-left border-right border-top color display "
    "font-family font-size font-style font-variant-numeric font-weight height line-height margin max-width "
    "min-width opacity padding text-align text-decoration vertical-align white-space width"
)
VOID = frozenset(("br", "col", "hr", "img", "input", "link", "meta", "wbr"))
MAX_DEPTH = 200
"""Elements inside each other; reading more takes time without end."""
IMAGE = re.compile(r"data:image/(?:png|jpeg|gif|webp|svg\+xml);base64,[A-Za-z0-9+/=\s]+")
"""Pictures that stand in the notebook itself; as one, SVG runs nothing and loads nothing."""
ALWAYS = frozenset(("align", "colspan", "dir", "open", "rowspan", "scope", "span", "style", "title"))
PICTURE = frozenset(("alt", "height", "width"))
MAX_ADDRESS = 200


class TooDeep(ValueError):
    """HTML that is nested deeper than any table or text."""


def clean(html: str) -> str:
    """Return HTML that shows what it can, and can do nothing. Raises TooDeep."""
    _Depth().feed(html)
    soup = BeautifulSoup(html, "html.parser")
    for gone in soup.find_all(GONE.split()):
        gone.decompose()
    for link in soup.find_all(["a", "area"]):
        _tell(soup, link, str(link.get("href", "")))
    for image in soup.find_all("img"):
        _keep_or_tell(soup, image)
    return str(_cleaner().clean(str(soup)))


class _Depth(HTMLParser):
    """Counts how deep elements lie in each other."""

    depth = 0

    def handle_starttag(self, tag: str, attrs: object) -> None:  # noqa: ARG002 - HTMLParser's
        """See html.parser.HTMLParser; raises TooDeep."""
        self.depth += tag not in VOID
        if self.depth > MAX_DEPTH:
            raise TooDeep

    def handle_endtag(self, tag: str) -> None:
        """See html.parser.HTMLParser."""
        self.depth -= tag not in VOID


@cache
def _cleaner() -> bleach.Cleaner:
    return bleach.Cleaner(
        tags=frozenset(SHOWN.split()),
        attributes=_may_stay,
        protocols={"data"},
        strip=True,
        strip_comments=True,
        css_sanitizer=CSSSanitizer(allowed_css_properties=STYLES.split(), allowed_svg_properties=()),
    )


def _may_stay(tag: str, name: str, value: str) -> bool:
    if tag == "img":
        return name in PICTURE or (name == "src" and IMAGE.fullmatch(value) is not None)
    return name in ALWAYS and (name != "style" or "(" not in value)


def _tell(soup: BeautifulSoup, link: Tag, address: str) -> None:
    """Put the address of a link behind its words."""
    shown = visible(address.strip())[:MAX_ADDRESS]
    if shown and not shown.startswith("#") and shown != link.get_text().strip():
        link.append(soup.new_string(f" ‹{shown}›"))


def _keep_or_tell(soup: BeautifulSoup, image: Tag) -> None:
    """Put words where a picture would have to be fetched."""
    if not IMAGE.fullmatch(str(image.get("src", ""))):
        said = (visible(str(image.get(name, "")).strip())[:MAX_ADDRESS] for name in ("alt", "src"))
        image.replace_with(soup.new_string(f"[picture not loaded: {' '.join(filter(None, said))}]"))
