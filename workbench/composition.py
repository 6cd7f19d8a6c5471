"""The composition root: the one place that names every event type, read model, agent and reaction of the product."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from opc_kernel import contents
from opc_kernel.clock import Clock, SystemClock
from opc_kernel.effects.account_traffic import AccountTraffic
from opc_kernel.effects.breaker import Policy
from opc_kernel.effects.connector import Pair
from opc_kernel.effects.intent import EffectKind
from opc_kernel.effects.ledger import Ledger
from opc_kernel.event import Registry
from opc_kernel.flow.agent import Agent, Reaction
from opc_kernel.flow.worker import Worker
from opc_kernel.flow.workflow import Workflow
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
from workbench.capabilities.billing import cashier
from workbench.capabilities.billing import events as billing
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
from workbench.capabilities.content import editor, reviewer
from workbench.capabilities.content import events as content
from workbench.connector_settings import MailSettings
from workbench.connectors.bank import events as bank
from workbench.connectors.contacts import events as contacts
from workbench.connectors.embedding import events as embedding_events
from workbench.connectors.mail import inbox_events as inbox
from workbench.connectors.notes import events as notes
from workbench.escalation import climbing, herald
from workbench.escalation import events as escalation
from workbench.escalation.settings import account_of
from workbench.jobs import events as jobs
from workbench.jobs import mender
from workbench.memory import forgetting_agent, librarian
from workbench.memory import forgetting_events as forgetting
from workbench.planning import events as planning
from workbench.planning import planner
from workbench.settings import Settings, setting_view
from workbench.sheets import events as sheets
from workbench.sheets.face import SharedWorkbook

if TYPE_CHECKING:
    from opc_kernel.memory.port import Memory
    from opc_kernel.memory.recall.embedding import Embedding
    from opc_kernel.memory.recall.recall import Recall
    from opc_kernel.memory.remembering import Remembering
    from workbench.connectors.mail.post import Post
    from workbench.memory.consolidation import Consolidation

SANDBOX = "sandbox"
"""The company's folder of what was rehearsed: pages, letters and payments that went nowhere."""
NOT_SET_UP, REHEARSING = "not set up", "you@sandbox.invalid"
"""The accounts of what the settings don't name."""

POLICIES = {
    "mail": Policy(calls_per_minute=20),  # what providers of mailboxes commonly allow
    "payments": Policy(calls_per_minute=600),
    "site": Policy(first_wait=timedelta(seconds=1), calls_per_minute=600),
}
"""How each connector's accounts are treated; see Policy for what is not named."""

EVENTS = (
    *contents.EVENTS,
    *arrival.EVENTS,
    *bank.EVENTS,
    *inbox.EVENTS,
    *contacts.EVENTS,
    *notes.EVENTS,
    *books.EVENTS,
    *categories.EVENTS,
    *months.EVENTS,
    *receipts.EVENTS,
    *reminders.EVENTS,
    *content.EVENTS,
    *billing.EVENTS,
    *embedding_events.EVENTS,
    *sheets.EVENTS,
    *planning.EVENTS,
    *escalation.EVENTS,
    *forgetting.EVENTS,
    *jobs.EVENTS,
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
    *content.READ_MODELS,
    *sheets.READ_MODELS,
    *escalation.READ_MODELS,
    *forgetting.READ_MODELS,
    *jobs.READ_MODELS,
)
VIEWS = (
    *contents.VIEWS,
    *books.VIEWS,
    *months.VIEWS,
    *receipts.VIEWS,
    *reminders.VIEWS,
    *content.VIEWS,
    *forgetting.VIEWS,
    *jobs.VIEWS,
)
REACTIONS = (
    *bookkeeper.REACTIONS,
    *scout.REACTIONS,
    *archivist.REACTIONS,
    *controller.REACTIONS,
    *clerk.REACTIONS,
    *planner.REACTIONS,
    *herald.REACTIONS,
    *librarian.REACTIONS,
    *forgetting_agent.REACTIONS,
    *mender.REACTIONS,
)
WORKFLOWS: Mapping[str, Workflow] = MappingProxyType(
    {each.name: each for each in (*controller.WORKFLOWS, *editor.WORKFLOWS, *cashier.WORKFLOWS)}
)
"""What can be asked for as a plan, by name."""


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
    hands = (
        bookkeeper.bookkeeper(settings),
        scout.scout(settings),
        archivist.archivist(),
        collector.collector(settings),
        controller.controller(settings),
        editor.editor(folder),
        reviewer.reviewer(settings),
        cashier.cashier(settings),
        clerk.clerk(settings, folder),
        librarian.librarian(settings),
        forgetting_agent.forgetter(folder),
        mender.mender(),
        herald.herald(
            settings.escalation, company=settings.name, base=settings.base_currency, zone=settings.tz
        ),
    )
    return (
        *hands,
        planner.planner(WORKFLOWS, hands, kinds(settings, folder), has_models=bool(settings.models.tiers)),
    )


def kinds(settings: Settings, folder: Path) -> dict[str, EffectKind]:
    """Return every kind of effect that can be asked for, by name."""
    pairs = connectors(settings, folder, clock=SystemClock()).values()
    return {name: kind for pair in pairs for name, kind in pair.sandbox.kinds.items()}


def worker(
    company: Company,
    settings: Settings,
    folder: Path,
    *,
    clock: Clock | None = None,
    memory: Memory | None = None,
) -> Worker:
    """Return the worker that does this company's tasks."""
    now = clock or SystemClock()
    return Worker(
        company,
        agents(settings, folder),
        reactions(settings),
        clock=now,
        workflows=WORKFLOWS,
        ledger=ledger(company, settings, folder, clock=now),
        models=models(company, settings, folder, clock=now),
        memory=memory,
    )


def climb(company: Company, settings: Settings, folder: Path, *, clock: Clock) -> None:
    """Write down what the operator is to be told now; a worker brings it to them."""
    from opc_kernel.effects.standing import mode_of

    channel = settings.escalation.channel
    if channel is not None:
        mode = mode_of(company, connectors(settings, folder, clock=clock)[channel].sandbox)
        way, now = f"{channel}:{mode}", clock.now()
        climbing.climb(company, settings.escalation, way=way, now=now, zone=settings.tz)


def ledger(company: Company, settings: Settings, folder: Path, *, clock: Clock) -> Callable[[str], Ledger]:
    """Return what builds the effect ledger for a worker of a name: the only way to the outside."""
    from opc_kernel.effects.standing import mode_of
    from workbench.company import given_id

    pairs = connectors(settings, folder, clock=clock)
    return partial(
        _ledger,
        company,
        pairs,
        company_id=partial(given_id, folder),
        mode_of=lambda name: mode_of(company, pairs[name].sandbox),
        barred=lambda: look(folder, given_id(folder)),
        traffic=traffic(company, clock=clock),
        clock=clock,
    )


def _ledger(company: Company, pairs: Mapping[str, Pair], worker: str, **parts: Any) -> Ledger:  # noqa: ANN401 - what a ledger is made of
    return Ledger(company, pairs, worker=worker, **parts)


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


def remembering(company: Company, settings: Settings) -> Remembering:
    """Return what feeds memory: the events of the product, and nothing else.

    Who may be the same among very many at once is found by Splink, where it is installed.
    """
    from importlib.util import find_spec

    from opc_kernel.memory.remembering import Remembering
    from workbench.connectors.linkage import find_pairs
    from workbench.memory.captures import CAPTURES

    find = find_pairs if find_spec("splink") else None
    return Remembering(company, CAPTURES, region=settings.memory.country, find=find)


def consolidation(
    company: Company, settings: Settings, folder: Path, *, clock: Clock | None = None
) -> Consolidation:
    """Return what makes memory smaller: summaries by a model where one is set up, else by rules."""
    from opc_kernel.memory.consolidating import template
    from workbench.memory.consolidation import Consolidation
    from workbench.memory.consolidation_model import by_model

    tell = by_model(models(company, settings, folder, clock=clock)) if settings.models.tiers else template
    return Consolidation(company, settings.memory, clock=clock or SystemClock(), tell=tell)


def recall(company: Company, settings: Settings, folder: Path, *, clock: Clock | None = None) -> Recall:
    """Return recall over the company's memory, with the model of meaning that is set up; close it after use.

    Only who holds the folder may: the indexes have one writer.
    """
    from opc_kernel.memory.recall.recall import Recall
    from workbench.memory.usefulness import Usefulness

    endpoint = settings.memory.embedding
    return Recall(
        company,
        folder,
        embeddings=_embeddings(company, settings, folder),
        languages=settings.memory.languages,
        local_only=endpoint.local_only if endpoint else (),
        useful=Usefulness(company, clock or SystemClock()),
        zone=settings.tz,
        clock=clock,
        newest=(lambda: company.tail.position) if isinstance(company, DurableLog) else None,
    )


def _embeddings(company: Company, settings: Settings, folder: Path) -> list[Embedding]:
    """Return the endpoint of the settings, and the model on this machine, which serves until that has read everything.

    A folder that may be a copy sends nothing elsewhere.
    """
    from workbench.company import given_id

    found: list[Embedding] = []
    endpoint = settings.memory.embedding
    if endpoint is not None and (endpoint.is_local or look(folder, given_id(folder)) is None):
        from workbench.connectors.embedding.endpoint import EndpointEmbedding
        from workbench.model_keys import key_finder

        found.append(
            EndpointEmbedding(
                endpoint, find_key=key_finder(folder), disclosed=embedding_events.recording(company)
            )
        )
    here = local_model()
    return found if here is None else [*found, here]


def local_model() -> Embedding | None:
    """Return the model of meaning on this machine, once it was fetched. Raises ModelDamaged."""
    from workbench.connectors.embedding.model_files import is_fetched, model_folder

    if not is_fetched(model_folder()):
        return None
    from workbench.connectors.embedding.minilm import MiniLM

    return MiniLM(model_folder())


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


def connectors(settings: Settings, folder: Path, *, clock: Clock | None = None) -> dict[str, Pair]:
    """Return every connector with its sandbox twin, by name; what the settings don't name can only be rehearsed."""
    now, sandbox = clock or SystemClock(), folder / SANDBOX
    pairs = (
        _site(settings, folder, sandbox / "site"),
        _mail(settings, folder, sandbox / "mail", now),
        _payments(settings, folder, sandbox / "payments", now),
        _webhook(settings, folder, sandbox / "webhook"),
    )
    return {pair.sandbox.name: pair for pair in pairs}


def traffic(company: Company, *, clock: Clock | None = None) -> AccountTraffic:
    """Return the policy of every connector's accounts: one for a process."""
    return AccountTraffic(company, clock=clock or SystemClock(), policies=POLICIES)


def _site(settings: Settings, folder: Path, sandbox: Path) -> Pair:
    from workbench.connectors.site.connector import Site

    named = settings.connectors.site
    account = named.folder if named else NOT_SET_UP
    return Pair(
        sandbox=Site(sandbox, account=account, make=True),
        production=Site(folder / named.folder, account=account) if named else None,
    )


def _mail(settings: Settings, folder: Path, sandbox: Path, clock: Clock) -> Pair:
    from workbench.connectors.mail.connector import Mail
    from workbench.connectors.mail.outbox import Outbox
    from workbench.raw import kept

    named = settings.connectors.mail
    post = _post(named, folder, clock) if named else None
    address = named.address if named else REHEARSING
    mail = partial(
        Mail, account=address, raw=partial(kept, folder), clock=clock, notes_to=settings.escalation.mail
    )
    return Pair(sandbox=mail(Outbox(sandbox)), production=mail(post) if post else None)


def _post(named: MailSettings, folder: Path, clock: Clock) -> Post:
    from workbench.connectors.mail.sent import Sent
    from workbench.connectors.mail.server import ServerPost
    from workbench.connectors.mail.smtp import Submission
    from workbench.secrets import secret

    password, put = partial(secret, folder, "mail"), named.sent is not None and named.sent.put
    sent = Sent(named.sent, named.user or named.address, password) if named.sent else None
    return ServerPost(Submission(named, password), sent, address=named.address, put=put, clock=clock)


def _payments(settings: Settings, folder: Path, sandbox: Path, clock: Clock) -> Pair:
    from workbench.connectors.payments.account import ProviderAccount
    from workbench.connectors.payments.connector import Payments
    from workbench.connectors.payments.http import Api
    from workbench.connectors.payments.till import Till
    from workbench.secrets import secret

    named = settings.connectors.payments
    account = named.account if named else NOT_SET_UP
    api = Api(named.url, partial(secret, folder, "payments"), clock=clock) if named else None
    return Pair(
        sandbox=Payments(Till(sandbox), account=account),
        production=Payments(ProviderAccount(api), account=account) if api else None,
    )


def _webhook(settings: Settings, folder: Path, sandbox: Path) -> Pair:
    from workbench.connectors.webhook.board import Board
    from workbench.connectors.webhook.connector import Webhook
    from workbench.secrets import secret

    url = settings.escalation.webhook
    return Pair(
        sandbox=Board(sandbox, account=account_of(url) if url else NOT_SET_UP),
        production=Webhook(url, partial(secret, folder, "webhook")) if url else None,
    )
