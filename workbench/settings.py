"""A company's settings: `workbench.toml`, checked when it is read; never a secret."""

from __future__ import annotations

import tomllib
from decimal import Decimal
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from opc_kernel.errors import KernelError
from opc_kernel.event import first_problem
from opc_kernel.money import AmountText, Currency

FILE = "workbench.toml"


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Rule(_Section):
    """Transactions that need no invoice: one of the words stands in the counterparty or the text."""

    category: str
    contains: tuple[str, ...] = Field(min_length=1)
    direction: Literal["in", "out"]


class Books(_Section):
    """Bookkeeping."""

    auto_limit: AmountText = "0"
    """In the base currency; above it the operator is always asked."""
    rule: tuple[Rule, ...] = ()

    @property
    def limit(self) -> Decimal:
        """`auto_limit` to compare with."""
        return Decimal(self.auto_limit)

    @property
    def categories(self) -> tuple[str, ...]:
        """The categories the rules name, each once, in their order."""
        return tuple(dict.fromkeys(rule.category for rule in self.rule))


class Backups(_Section):
    """Backups."""

    warn_after_days: int = Field(default=7, ge=1)
    """So old may the last backup elsewhere become before `workbench doctor` warns."""


class Account(_Section):
    """One of the company's own accounts."""

    id: str
    name: str
    currency: Currency
    aliases: tuple[str, ...] = ()


class Settings(_Section):
    """Everything a company's file may say."""

    name: str = "My company"
    zone: str = "UTC"
    base_currency: Currency = "EUR"
    books: Books = Books()
    backup: Backups = Backups()
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


def _is_german(number: str, iban: str) -> bool:
    """Whether bank code and account number, as German MT940 has them, are those of the IBAN."""
    bank, slash, account = number.partition("/")
    return bool(slash) and _plain(iban)[:2] == "DE" and _plain(iban)[4:] == bank + account.zfill(10)


def _plain(account: str) -> str:
    return "".join(account.split()).upper()
