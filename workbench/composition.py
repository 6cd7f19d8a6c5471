"""The composition root: the one place that names every event type, read model, agent and reaction of the product."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path

from opc_kernel import contents
from opc_kernel.clock import Clock, SystemClock
from opc_kernel.event import Registry
from opc_kernel.flow.agent import Agent, Reaction
from opc_kernel.flow.worker import Worker
from opc_kernel.log.crash import crash_at
from opc_kernel.log.durable import DurableLog
from opc_kernel.log.lock import WAIT_S
from opc_kernel.log.place import look
from opc_kernel.log.protocol import Company
from opc_kernel.models.endpoint import ModelEndpoint
from opc_kernel.models.models import Models
from opc_kernel.models.settings import Tier
from opc_kernel.telemetry import note_retries
from sheets_sync.report import Page
from sheets_sync.workbook import Workbook
from workbench import arrival, clerk
from workbench.capabilities.books import bookkeeper
from workbench.capabilities.books import events as books
from workbench.capabilities.books.categories import events as categories
from workbench.capabilities.books.categories import scout
from workbench.capabilities.books.months import controller
from workbench.capabilities.books.months import events as months
from workbench.capabilities.books.receipts import archivist
from workbench.capabilities.books.receipts import events as receipts
from workbench.capabilities.books.reminders import collector
from workbench.capabilities.books.reminders import events as reminders
from workbench.connectors.bank import events as bank
from workbench.settings import Settings, setting_view
from workbench.sheets import events as sheets
from workbench.sheets.face import SharedWorkbook

EVENTS = (
    *contents.EVENTS,
    *arrival.EVENTS,
    *bank.EVENTS,
    *books.EVENTS,
    *categories.EVENTS,
    *months.EVENTS,
    *receipts.EVENTS,
    *reminders.EVENTS,
    *sheets.EVENTS,
)
READ_MODELS = (
    *contents.READ_MODELS,
    *arrival.READ_MODELS,
    *bank.READ_MODELS,
    *books.READ_MODELS,
    *categories.READ_MODELS,
    *months.READ_MODELS,
    *receipts.READ_MODELS,
    *reminders.READ_MODELS,
    *sheets.READ_MODELS,
)
VIEWS = (*contents.VIEWS, *books.VIEWS, *months.VIEWS, *receipts.VIEWS, *reminders.VIEWS)
REACTIONS = (
    *bookkeeper.REACTIONS,
    *scout.REACTIONS,
    *archivist.REACTIONS,
    *controller.REACTIONS,
    *clerk.REACTIONS,
)


def registry() -> Registry:
    """Return every event type the product knows."""
    return Registry(EVENTS)


def open_log(
    folder: Path, *, clock: Clock | None = None, wait_s: float = WAIT_S, from_journal: bool = False
) -> DurableLog:
    """Open a company's log in this process, with every read model. See DurableLog for the errors.

    CRASH_AT in the environment ends the process at a step of an append: `before-sync:3`.
    """
    return DurableLog(
        folder,
        registry(),
        read_models=READ_MODELS,
        views=(setting_view(folder), *VIEWS),
        clock=clock,
        wait_s=wait_s,
        crash=crash_at(os.environ.get("CRASH_AT", "")),
        from_journal=from_journal,
    )


def reactions(settings: Settings) -> tuple[Reaction, ...]:
    """Return what starts work here: switched on later, reminders find the invoices that are there."""
    return (*REACTIONS, *(collector.REACTIONS if settings.books.reminders.on else ()))


def agents(settings: Settings, folder: Path) -> tuple[Agent, ...]:
    """Return the agents of the company in this folder."""
    return (
        bookkeeper.bookkeeper(settings),
        scout.scout(settings),
        archivist.archivist(),
        collector.collector(settings),
        controller.controller(settings),
        clerk.clerk(settings, folder),
    )


def worker(company: Company, settings: Settings, folder: Path, *, clock: Clock | None = None) -> Worker:
    """Return the worker that does this company's tasks."""
    return Worker(company, agents(settings, folder), reactions(settings), clock=clock or SystemClock())


def models(company: Company, settings: Settings, folder: Path, *, clock: Clock | None = None) -> Models:
    """Return the port to the models that the settings name; a copied company asks nobody elsewhere."""
    from workbench.company import given_id

    def open_endpoint(tier: Tier) -> ModelEndpoint:
        from workbench.connectors.models.endpoint import HttpEndpoint
        from workbench.model_keys import key_finder

        return HttpEndpoint(tier, local=settings.models.is_local(tier), find_key=key_finder(folder))

    def held() -> str | None:
        reason = look(folder, given_id(folder))
        return None if reason is None else f"this folder may be a copy: {reason}; see 'workbench doctor'"

    return Models(
        company,
        open_endpoint,
        clock or SystemClock(),
        settings.models,
        zone=settings.tz,
        held=held,
    )


def excel_workbook(path: Path, wait: Callable[[], None]) -> Workbook:
    """Return the workbook at a path; `wait` is called between the two readings that have to agree."""
    from sheets_sync.excel import ExcelWorkbook

    return ExcelWorkbook(path, wait)


def report_workbook(pages: Sequence[Page], *, title: str) -> bytes:
    """Return a report as an XLSX workbook."""
    from sheets_sync.excel.report import workbook_of

    return workbook_of(pages, title=title)


def google_workbook(spreadsheet: str, credentials: Path, shared_with: tuple[str, ...]) -> SharedWorkbook:
    """Return a Google spreadsheet, which may be shared with these and nobody else."""
    from sheets_sync.google.opening import open_workbook

    note_retries()
    return open_workbook(spreadsheet, credentials, shared_with)


def google_consent(client: Path) -> str:
    """Ask for the operator's consent in the browser, and return the credentials it gives as JSON."""
    from sheets_sync.google.credentials import consent

    return consent(client)
