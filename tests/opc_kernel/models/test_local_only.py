"""A mark is found wherever it stands in the inputs, and only where something is given."""

from typing import Annotated

from opc_kernel.models.local_only import LOCAL_ONLY, local_only_fields
from opc_kernel.models.prompt import Inputs


class Account(Inputs):
    name: str = "Main account"
    iban: Annotated[str, LOCAL_ONLY] = "DE02120300000000202051"


class Firm(Inputs):
    name: str = "Sandtor GmbH"
    account: Account | None = None
    parent: "Firm | None" = None


class Given(Inputs):
    subject: str = ""
    memo: Annotated[str | None, LOCAL_ONLY] = None
    accounts: tuple[Account, ...] | None = None
    lines: list[Annotated[str, LOCAL_ONLY]] | None = None
    firms: dict[str, Firm] | None = None


def test_what_is_not_marked_may_go():
    assert local_only_fields(Given(subject="Hello")) == ()


def test_a_marked_field_stays_when_it_holds_something():
    assert local_only_fields(Given(memo="rent")) == ("memo",)


def test_a_mark_within_is_a_mark():
    assert local_only_fields(Given(accounts=(Account(),))) == ("accounts",)
    assert local_only_fields(Given(lines=["rent"])) == ("lines",)
    assert local_only_fields(Given(firms={"a": Firm()})) == ("firms",)


def test_a_model_that_holds_itself_is_looked_through_once():
    assert local_only_fields(Firm(parent=Firm())) == ("parent",)
    assert local_only_fields(Firm()) == ()
