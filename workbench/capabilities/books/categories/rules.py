"""Rules as text and as known to the company: those of the settings, and those found, whatever became of them."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

import msgspec
from pydantic import ValidationError

from opc_kernel.event import first_problem
from opc_kernel.ids import derived_id
from opc_kernel.log.protocol import Queryable
from opc_kernel.sql import load_sql
from workbench.capabilities.books.categories.covering import StandingRule
from workbench.capabilities.books.categories.decision import NEVER_GUESSED
from workbench.capabilities.books.categories.events import PACKAGE, RuleText
from workbench.settings import Rule

MIN_LETTERS = 3
"""A shorter word stands within nearly every text."""
FOUND = "SELECT stream, version, state, task, proposed, rule FROM rule ORDER BY stream"


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownRule:
    """A rule that was found once, as it was proposed and as it stands."""

    stream: str
    version: int
    state: str
    task: str
    rules: tuple[Rule, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Adoption:
    """A rule that once stood: for transactions after a day, up to another or to this day."""

    rule: StandingRule
    after: date
    dropped_after: date | None = None

    def stands_on(self, day: date) -> bool:
        """Whether it covers transactions of a day."""
        return self.after < day and (self.dropped_after is None or day <= self.dropped_after)


def rule_id(rule: Rule) -> str:
    """Name a rule by what it says: the same words are the same rule."""
    return derived_id(rule.category, rule.direction, *sorted({word.casefold() for word in rule.contains}))


def of_settings(rules: Iterable[Rule]) -> tuple[StandingRule, ...]:
    """Return the rules of the settings, in their order."""
    return tuple(StandingRule(id=rule_id(rule), rule=rule) for rule in rules)


def adopted(company: Queryable) -> tuple[StandingRule, ...]:
    """Return the rules the operator adopted, in the order of their adoption."""
    return tuple(
        StandingRule(id=stream.partition("/")[2], rule=_rule(rule), stream=stream, version=version)
        for stream, version, rule in company.query(load_sql(PACKAGE, "standing")).rows
    )


def adoptions(company: Queryable) -> tuple[Adoption, ...]:
    """Return every rule that was ever adopted, in the order of their adoption."""
    return tuple(
        Adoption(
            rule=StandingRule(
                id=row["stream"].partition("/")[2],
                rule=_rule(row["rule"]),
                stream=row["stream"],
                version=row["version"],
            ),
            after=row["adopted_after"] or date.min,
            dropped_after=row["dropped_after"],
        )
        for row in company.query(load_sql(PACKAGE, "adoptions")).dicts()
    )


def found_before(company: Queryable) -> list[KnownRule]:
    """Return every rule that was ever found."""
    return [
        KnownRule(
            stream=row["stream"],
            version=row["version"],
            state=row["state"],
            task=row["task"] or "",
            rules=tuple(_rule(text) for text in (row["proposed"], row["rule"]) if text),
        )
        for row in company.query(FOUND).dicts()
    ]


def text_of_rule(rule: Rule) -> str:
    """Return a rule as it would stand in `workbench.toml`."""
    words = ", ".join(_quoted(word) for word in rule.contains)
    return (
        f"[[books.rule]]\ncategory = {_quoted(rule.category)}\ncontains = [{words}]\n"
        f'direction = "{rule.direction}"'
    )


def read_rule(text: str) -> Rule | str:
    """Read one rule as `workbench.toml` would have it, or say what is wrong with it."""
    try:
        books = tomllib.loads(text).get("books", {})
        (found,) = books["rule"]
        rule = Rule.model_validate(found)
    except tomllib.TOMLDecodeError as error:
        return f"it is no TOML: {error}"
    except ValidationError as error:
        return first_problem(error)
    except (KeyError, TypeError, ValueError, AttributeError):
        return "it must be one [[books.rule]]"
    return _problem(rule) or rule


def as_event(rule: Rule) -> RuleText:
    """Return a rule as events carry it."""
    return RuleText.model_validate(rule.model_dump())


def _problem(rule: Rule) -> str:
    short = next((word for word in rule.contains if len(word.strip()) < MIN_LETTERS), None)
    if short is not None:
        return f"{short!r} is too short: it would stand in nearly every text"
    if not rule.category.strip() or rule.category in NEVER_GUESSED:
        return f"{rule.category!r} is no category that a rule can book"
    return ""


def _rule(text: str) -> Rule:
    return Rule.model_validate(msgspec.json.decode(text))


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
