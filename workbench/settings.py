"""A company's settings: `workbench.toml`, checked when it is read; never a secret."""

from __future__ import annotations

import re
import tomllib
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    field_validator,
    model_validator,
)

from opc_kernel.errors import KernelError
from opc_kernel.event import first_problem
from opc_kernel.log.read_model import View
from opc_kernel.models.settings import ModelSettings
from opc_kernel.money import AmountText, Currency
from workbench.connector_settings import ConnectorSettings
from workbench.escalation.settings import EscalationSettings
from workbench.jobs.rule import JobRule
from workbench.memory_settings import MemorySettings
from workbench.sheets.schema import COLUMNS
from workbench.telemetry.settings import TelemetrySettings

FILE = "workbench.toml"
SPREADSHEET = re.compile(
    r"(?:https://docs\.google\.com/spreadsheets/(?:u/\d+/)?d/)?([\w-]{20,})(?:[/?#].*)?", re.ASCII
)
WHO = re.compile(r"(?:[^@\s]+@)?[^@\s]+\.[^@\s.]+")


def _says_something(word: str) -> str:
    if not word.strip():
        raise ValueError(f"{word!r} is too short: it says nothing")
    return word


Word = Annotated[str, AfterValidator(_says_something)]


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Rule(_Section):
    """Transactions that need no invoice: one of the words stands in the counterparty or the text."""

    category: Word
    contains: tuple[Word, ...] = Field(min_length=1)
    """Nothing empty: it stands in every text."""
    direction: Literal["in", "out"]


class Reminders(_Section):
    """Letters about overdue invoices of ours, as proposals. Off: a letter to a customer is nothing to begin unasked."""

    on: bool = False
    after_days: tuple[Annotated[int, Field(ge=0, le=365)], ...] = Field(
        default=(7, 14, 14), min_length=1, max_length=3
    )
    """One entry a reminder: days after the due date, then after the reminder before."""
    language: Literal["en", "de"] = "en"
    late_fee: str = ""
    """A sentence about what being late costs, from the second reminder on."""


class Books(_Section):
    """Bookkeeping."""

    auto_limit: AmountText = "0"
    """In the base currency; above it the operator is always asked."""
    neutral: tuple[str, ...] = ("private-draw", "private-deposit")
    """Categories that are neither income nor cost, such as what the owner takes out, or a loan."""
    receipt_limit: AmountText = "250"
    """In the base currency; a cost above it wants a bill or a receipt before its month is closed."""
    no_receipt: tuple[str, ...] = ()
    """Categories that never want one, such as a rent with a contract."""
    rule: tuple[Rule, ...] = ()
    reminders: Reminders = Reminders()

    @property
    def limit(self) -> Decimal:
        """`auto_limit` to compare with."""
        return Decimal(self.auto_limit)

    @property
    def smallest_receipt(self) -> Decimal:
        """`receipt_limit` to compare with."""
        return Decimal(self.receipt_limit)


class Backups(_Section):
    """Backups."""

    folder: str = ""
    """Where they go by themselves, such as `/media/backup/acme`, on another disk; empty: nowhere."""
    warn_after_days: int = Field(default=7, ge=1)
    """So old may the last backup elsewhere become before `workbench doctor` warns."""


class GoogleSheet(_Section):
    """The queue as a Google spreadsheet: a disclosure, so it says to whom and what."""

    spreadsheet: str = ""
    """Its address as the browser shows it, or the id in it; empty: there is none."""
    shared_with: tuple[str, ...] = ()
    """Addresses or whole domains that may see it; where more may, nothing is read and nothing written."""
    columns: tuple[str, ...] = Field(default=COLUMNS, min_length=1)
    """Which of the content columns go there."""
    every_s: float = Field(default=60, ge=10)

    @field_validator("spreadsheet")
    @classmethod
    def _is_named(cls, given: str) -> str:
        if given and spreadsheet_id(given) is None:
            raise ValueError(f"{given!r} is neither the address of a Google spreadsheet nor the id in it")
        return given

    @field_validator("shared_with")
    @classmethod
    def _are_people(cls, who: tuple[str, ...]) -> tuple[str, ...]:
        if wrong := next((each for each in who if not WHO.fullmatch(each)), None):
            raise ValueError(f"{wrong!r} is neither an address such as you@example.com nor a domain")
        return tuple(dict.fromkeys(each.lower() for each in who))

    @field_validator("columns")
    @classmethod
    def _are_known(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        if unknown := next((name for name in names if name not in COLUMNS), None):
            raise ValueError(f"{unknown!r} is no column; they are {', '.join(COLUMNS)}")
        return names

    @model_validator(mode="after")
    def _says_who(self) -> GoogleSheet:
        if self.spreadsheet and not self.shared_with:
            raise ValueError("shared_with must name who may see the spreadsheet")
        return self


class Sheets(_Section):
    """The queue as spreadsheets."""

    tabs: Literal["one", "capability"] = "one"
    """Whether all rows stand on one tab, or those of a capability on a tab of its name."""
    every_s: float = Field(default=5, ge=1)
    """So often `workbench up` looks whether the file or the queue has changed."""
    google: GoogleSheet = GoogleSheet()


class Account(_Section):
    """One of the company's own accounts."""

    id: str
    name: str
    currency: Currency
    aliases: tuple[str, ...] = ()


class Settings(_Section):
    """Everything a company's file may say."""

    name: str = "My company"
    own_names: tuple[str, ...] = ()
    """How else the company and its owner are called at banks and on receipts."""
    own_addresses: tuple[str, ...] = ()
    """Your e-mail addresses, or whole domains such as `osterkamp.example`: what comes from there you wrote yourself."""
    zone: str = "UTC"
    base_currency: Currency = "EUR"
    books: Books = Books()
    backup: Backups = Backups()
    sheets: Sheets = Sheets()
    connectors: ConnectorSettings = ConnectorSettings()
    memory: MemorySettings = MemorySettings()
    models: ModelSettings = ModelSettings()
    escalation: EscalationSettings = EscalationSettings()
    telemetry: TelemetrySettings = TelemetrySettings()
    jobs: dict[str, JobRule] = Field(default_factory=dict)
    """What is said of scheduled notebooks here goes before what their own metadata say."""
    account: tuple[Account, ...] = ()

    @field_validator("zone")
    @classmethod
    def _known_zone(cls, zone: str) -> str:
        try:
            ZoneInfo(zone)
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise ValueError(f"{zone!r} is no IANA time zone, such as Europe/Berlin") from error
        return zone

    @property
    def names(self) -> tuple[str, ...]:
        """Every name of the company and its owner."""
        return (self.name, *self.own_names)

    @property
    def tz(self) -> ZoneInfo:
        """The company's one zone."""
        return ZoneInfo(self.zone)

    def account_id(self, found: str) -> str:
        """Return the account's id for one of its spellings; an account nobody named stands for itself."""
        plain = _plain(found)
        for account in self.account:
            if plain in {_plain(each) for each in (account.id, account.name, *account.aliases)}:
                return account.id
        return next((account.id for account in self.account if _is_german(plain, account.id)), plain)

    def is_own_address(self, address: str) -> bool:
        """Whether an e-mail address is the company's."""
        mail = self.connectors.mail
        own = {each.lower().lstrip("@") for each in (*self.own_addresses, *([mail.address] if mail else []))}
        plain = address.lower()
        return plain in own or plain.rpartition("@")[2] in own

    def currency_of(self, account_id: str) -> str:
        """Return the currency an account is kept in; the base currency for one nobody named."""
        return next(
            (account.currency for account in self.account if account.id == account_id), self.base_currency
        )


class SettingsInvalid(KernelError):
    """A settings file that says something it can't."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(
            f"{path.name} can't be used: {reason}.", f"Correct {path} and try again; nothing was changed."
        )
        self.reason = reason


def setting_view(folder: Path) -> View:
    """Return the view `setting`, which tells the other views what the settings say.

    A file that can't be used says nothing: whoever opens the company to work with it is refused before.
    """
    try:
        settings = load_settings(folder)
    except SettingsInvalid:
        settings = Settings()
    neutral = ", ".join(_quoted(category) for category in settings.books.neutral)
    select = f"SELECT {_quoted(settings.base_currency)} AS base_currency, [{neutral}]::VARCHAR[] AS neutral"
    return View(name="setting", select=f"-- What do the settings say?\n{select}")


def load_settings(folder: Path) -> Settings:
    """Read a company's settings; a folder without the file has the defaults.

    Raises SettingsInvalid naming the first field that is wrong.
    """
    path = folder / FILE
    try:
        return Settings.model_validate(
            tomllib.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
        )
    except tomllib.TOMLDecodeError as error:
        raise SettingsInvalid(path, str(error)) from error
    except ValidationError as error:
        raise SettingsInvalid(path, first_problem(error)) from error
    except UnicodeDecodeError as error:
        raise SettingsInvalid(path, f"byte {error.start} is no UTF-8") from error
    except OSError as error:
        raise SettingsInvalid(path, error.strerror or type(error).__name__) from error


def spreadsheet_id(given: str) -> str | None:
    """Return the id of a Google spreadsheet from its address, or from itself; None for anything else."""
    found = SPREADSHEET.fullmatch(given.strip())
    return found[1] if found else None


def _is_german(number: str, iban: str) -> bool:
    """Whether bank code and account number, as German MT940 has them, are those of the IBAN."""
    bank, slash, account = number.partition("/")
    return bool(slash) and _plain(iban)[:2] == "DE" and _plain(iban)[4:] == bank + account.zfill(10)


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _plain(account: str) -> str:
    return "".join(account.split()).upper()
