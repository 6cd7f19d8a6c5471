"""An entity among those it has to do with, as a picture: names stand in columns, so that none lies over another."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import ceil, sqrt
from urllib.parse import quote

from opc_kernel.sql import load_sql
from opc_kernel.text import visible
from workbench.company import Company
from workbench.memory.page import Page
from workbench.view_page import Markup, counted, element, money, soft
from workbench.view_timeline import NARROW, WIDE, cut

MOST = 20
ROW = 46
ROOM = 330
"""Pixels a name may take in the wide picture."""
PILL = 230
TIES = {"works_at": "works there", "contact": "contact"}
BACK = {"works_at": "works here", "contact": "is their contact"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Neighbour:
    """One that an entity has to do with, why, and how much."""

    entity: str
    name: str
    why: str
    weight: int


def neighbourhood(company: Company, found: Page) -> Markup:
    """Return the picture of who shares words and facts with an entity, and what the company itself has with it."""
    near, left = _neighbours(company, found)
    title = element("h3", "Who stands near")
    if not near:
        return element(
            "section",
            title,
            soft("Nobody shares a mail, a note or a fact with them yet."),
            class_="wb-aspect",
        )
    words = f"{visible(found.profile.name)} and {counted(len(near), 'neighbour')}: " + "; ".join(
        f"{each.name}, {each.why}" for each in near
    )
    more = soft(f"{counted(left, 'more neighbour')} not drawn.") if left else Markup()
    pictures = (
        _wide(found.profile.name, near, words),
        _narrow(found.profile.name, near, words),
    )
    return element("section", title, element("figure", *pictures, class_="wb-near"), more, class_="wb-aspect")


def _neighbours(company: Company, found: Page) -> tuple[list[Neighbour], int]:
    known = found.profile
    names = [known.name, *(line.value for line in known.facts.get("name", ()))]
    sql = load_sql("workbench", "view_neighbours")
    rows = company.query(
        sql, members=[*known.members], names=names, position=_until(found), limit=MOST
    ).dicts()
    own = [
        Neighbour(
            entity="",
            name=company.settings.name,
            why=", ".join(_moved(found)),
            weight=sum(each.documents for each in found.money),
        )
    ]
    near = [
        Neighbour(
            entity=row["root"],
            name=visible(row["name"]),
            why=_why(row["items"], row["ties"] or (), row["backs"] or ()),
            weight=row["items"],
        )
        for row in rows
    ]
    kept = [*(own if found.money else ()), *near][:MOST]
    total = (rows[0]["total"] if rows else 0) + (1 if found.money else 0)
    return kept, total - len(kept)


def _until(found: Page) -> int:
    return found.read_to


def _moved(found: Page) -> Iterator[str]:
    for each in found.money:
        yield f"{'sold' if each.direction == 'out' else 'bought'} {money(each.amount, each.currency)}"


def _why(items: int, ties: Sequence[str], backs: Sequence[str]) -> str:
    said = [*(TIES[each] for each in ties), *(BACK[each] for each in backs)]
    return ", ".join([*said, *([counted(items, "shared item")] if items else [])])


def _wide(name: str, near: Sequence[Neighbour], words: str) -> Markup:
    """Return the picture for a wide page: the entity in the middle, half of the others on either side."""
    rights = ceil(len(near) / 2)
    height = max(rights, 2) * ROW + 12
    middle = (WIDE / 2, height / 2)
    parts: list[Markup] = []
    for side, some in (("right", near[:rights]), ("left", near[rights:])):
        top = (height - len(some) * ROW) / 2
        for number, each in enumerate(some):
            y = top + number * ROW + ROW / 2
            x = WIDE / 2 + (150 if side == "right" else -150)
            parts += [_tie(middle, (x, y), each.weight), _node(each, x, y, side, ROOM)]
    return _svg([*parts, *_pill(name, middle, PILL)], WIDE, height, words, "wb-wide")


def _narrow(name: str, near: Sequence[Neighbour], words: str) -> Markup:
    """Return the picture for a narrow page: the entity on top, the others below it."""
    height = len(near) * ROW + 56
    parts: list[Markup] = []
    for number, each in enumerate(near):
        y = 56 + number * ROW + ROW / 2 - 6
        parts += [
            element("path", d=f"M 24 30 V {y} H 44", class_="wb-tie", stroke_width=_thick(each.weight)),
            _node(each, 46, y, "right", NARROW - 70),
        ]
    return _svg([*parts, *_pill(name, (NARROW / 2, 22), NARROW - 24)], NARROW, height, words, "wb-narrow")


def _svg(parts: Sequence[Markup], width: int, height: float, words: str, class_: str) -> Markup:
    return element(
        "svg",
        *parts,
        viewBox=f"0 0 {width} {height:.0f}",
        width=str(width),
        height=f"{height:.0f}",
        role="group",
        aria_label=words,
        class_=f"wb-picture {class_}",
    )


def _tie(start: tuple[float, float], end: tuple[float, float], weight: int) -> Markup:
    (x1, y1), (x2, y2) = start, end
    bend = (x1 + x2) / 2
    path = f"M {x1:.0f} {y1:.0f} C {bend:.0f} {y1:.0f} {bend:.0f} {y2:.0f} {x2:.0f} {y2:.0f}"
    return element("path", d=path, class_="wb-tie", stroke_width=_thick(weight))


def _thick(weight: int) -> str:
    return f"{min(1 + sqrt(weight) / 2, 5):.1f}"


def _node(each: Neighbour, x: float, y: float, side: str, room: float) -> Markup:
    """Return one neighbour: a dot, its name, and why it stands here; its name leads to its page."""
    anchor, at = ("start", x + 12) if side == "right" else ("end", x - 12)
    name = element(
        "text", cut(each.name, room), x=f"{at:.0f}", y=f"{y - 2:.0f}", text_anchor=anchor, class_="wb-name"
    )
    why = element(
        "text", cut(each.why, room), x=f"{at:.0f}", y=f"{y + 14:.0f}", text_anchor=anchor, class_="wb-why"
    )
    dot = element("circle", cx=f"{x:.0f}", cy=f"{y:.0f}", r="5", class_="wb-dot")
    inside = [element("title", f"{each.name}: {each.why}"), _ground(x, y, side, room), dot, name, why]
    if not each.entity:
        return element("g", *inside, class_="wb-own")
    return element("a", *inside, href=f"?entity={quote(each.entity, safe='')}")


def _ground(x: float, y: float, side: str, room: float) -> Markup:
    """Return the ground of a neighbour, so that a click beside the letters counts too."""
    left = x - 8 if side == "right" else x + 8 - room
    return element(
        "rect", x=f"{left:.0f}", y=f"{y - 18:.0f}", width=f"{room:.0f}", height="38", class_="wb-ground"
    )


def _pill(name: str, middle: tuple[float, float], width: float) -> Iterator[Markup]:
    x, y = middle
    yield element(
        "rect",
        x=f"{x - width / 2:.0f}",
        y=f"{y - 17:.0f}",
        width=f"{width:.0f}",
        height="34",
        rx="17",
        class_="wb-pill",
    )
    yield element(
        "text", cut(name, width - 24), x=f"{x:.0f}", y=f"{y + 4:.0f}", text_anchor="middle", class_="wb-me"
    )
