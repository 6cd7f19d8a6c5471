"""What is in trouble: jobs that failed or were missed, accounts and effects that don't go on, and backups."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from opc_kernel.sql import load_sql
from opc_kernel.text import visible
from workbench import view_health, view_today
from workbench.company import Company
from workbench.doctor import Subject, backups
from workbench.health import look
from workbench.reports.due import PACKAGE
from workbench.view_page import Markup, counted, when, word


def troubles(company: Company, since: datetime) -> list[Markup]:
    """Return a line for each thing that does not go as it should; none where all does."""
    found = look(company)
    lines = view_health.problems(company, found)
    sheets = view_today.out_of_sync(company)
    return [*lines, *_jobs(company, since), *_backups(company), *([sheets] if sheets.text else [])]


def _jobs(company: Company, since: datetime) -> Iterator[Markup]:
    for row in company.query(load_sql(PACKAGE, "jobs_in_trouble"), since=since).dicts():
        runs = counted(row["runs"], "run")
        at = when(row["last_at"], company)
        yield word(visible(f"{row['job']}: {runs} {row['what']}, {at}. {row['reason']}"), good=False)


def _backups(company: Company) -> Iterator[Markup]:
    subject = Subject(
        folder=company.folder, now=company.now, full=False, settings=company.settings, company=company
    )
    for _, what, todo in backups(subject):
        yield word(f"{what}: {todo}", good=False)
