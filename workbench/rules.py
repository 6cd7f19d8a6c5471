"""The rules that book what needs no invoice, wherever they come from, how often each was used, and the end of one."""

from __future__ import annotations

from dataclasses import dataclass

from opc_kernel.errors import KernelError
from opc_kernel.event import Write
from workbench.capabilities.books.categories.covering import StandingRule
from workbench.capabilities.books.categories.events import RuleDropped
from workbench.capabilities.books.categories.rules import adopted, of_settings
from workbench.company import Company, account
from workbench.settings import FILE

USED = (
    "SELECT rule, count(*) AS times FROM settlement WHERE rule IS NOT NULL AND decided_by = 'automatic' "
    "GROUP BY rule"
)


class RuleOfSettings(KernelError):
    """A rule that the operator wrote is theirs to take out."""

    def __init__(self, category: str) -> None:
        super().__init__(
            f"The rule for {category!r} stands in {FILE}; nothing was changed.", f"Take it out of {FILE}."
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleInForce:
    """A rule, and how many transactions it booked without asking."""

    standing: StandingRule
    used: int

    @property
    def key(self) -> str:
        """What it is called."""
        return f"rule/{self.standing.id}"

    @property
    def short(self) -> str:
        """The first characters of the id, enough to name it in a shell."""
        return self.standing.id[:10]

    @property
    def source(self) -> str:
        """Where it comes from."""
        return "adopted" if self.standing.stream else FILE


def rules_in_force(company: Company) -> list[RuleInForce]:
    """Return the rules in the order in which they are tried: those of the settings first."""
    used = dict(company.query(USED).rows)
    standing = (*of_settings(company.settings.books.rule), *adopted(company))
    return [RuleInForce(standing=each, used=used.get(each.id, 0)) for each in standing]


def drop_rule(company: Company, rule: RuleInForce, reason: str) -> None:
    """End a rule that was adopted; what it has booked stays booked. Raises RuleOfSettings, VersionConflict."""
    stream = rule.standing.stream
    if stream is None:
        raise RuleOfSettings(rule.standing.category)
    write = Write(
        stream=stream,
        data=RuleDropped(reason=reason),
        actor=account(),
        source="cli",
    )
    company.append([write], expected=rule.standing.guard)
