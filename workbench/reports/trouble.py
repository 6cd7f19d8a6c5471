"""What is in trouble: jobs that failed or were missed, accounts and effects that don't go on, and backups."""

from __future__ import annotations

from collections.abc import Iterator

from workbench import view_health, view_today
from workbench.company import Company
from workbench.doctor import Subject, backups
from workbench.health import look
from workbench.view_page import Markup, word


def troubles(company: Company) -> list[Markup]:
    """Return a line for each thing that does not go as it should; none where all does."""
    found = look(company)
    lines = view_health.problems(company, found)
    sheets = view_today.out_of_sync(company)
    return [*lines, *_backups(company), *([sheets] if sheets.text else [])]


def _backups(company: Company) -> Iterator[Markup]:
    subject = Subject(
        folder=company.folder, now=company.now, full=False, settings=company.settings, company=company
    )
    for _, what, todo in backups(subject):
        yield word(f"{what}: {todo}", good=False)
