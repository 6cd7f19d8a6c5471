"""Connectors of a company: rehearsed until the operator switches one on, which a check and the folder's place allow."""

import json
import shutil

import pytest
from shop import SETTINGS, Shop
from typer.testing import CliRunner

from opc_kernel.effects.connector import Sent
from opc_kernel.effects.events import EffectConfirmed, EffectIntended
from opc_kernel.effects.intent import Intent, Order
from opc_kernel.effects.standing import mode_of
from opc_kernel.event import NEW_STREAM, Write
from opc_kernel.log.errors import Displaced
from opc_kernel.log.place import settle
from workbench import composition
from workbench.cli.main import app
from workbench.company import given_id
from workbench.connecting import (
    CheckFailed,
    NoConnector,
    NotSetUp,
    check,
    standings,
    to_production,
    to_sandbox,
)
from workbench.settings import SettingsInvalid, load_settings

PAGES = '\n[connectors.site]\nfolder = "pages"\n'
PAGE = Intent(kind="site.publish", target="hello", action="publish", content="# Hello")


@pytest.fixture
def firm(found):
    firm = found(SETTINGS + PAGES)
    (firm.folder / "pages").mkdir()
    settle(firm.folder, given_id(firm.folder))  # it is a copy of a blank one, and says that it is the company
    return firm


def pairs(firm):
    return composition.connectors(firm.company.settings, firm.folder, clock=firm.clock)


def standing(firm, name="site"):
    return next(each for each in standings(firm.company) if each.name == name)


def test_everything_begins_in_the_sandbox(firm):
    assert {each.name: (each.mode, each.set_up) for each in standings(firm.company)} == {
        "mail": ("sandbox", False),
        "payments": ("sandbox", False),
        "site": ("sandbox", True),
        "webhook": ("sandbox", False),
    }


def test_what_is_rehearsed_lies_in_the_sandbox_folder_and_nowhere_else(firm):
    acted = pairs(firm)["site"].sandbox.act(Order(key="0" * 26, intent=PAGE))

    assert isinstance(acted, Sent)
    assert (firm.folder / "sandbox" / "site" / "hello.md").is_file()
    assert list((firm.folder / "pages").iterdir()) == []


def test_every_connector_can_be_rehearsed_without_any_settings(shop):
    letter = Intent(
        kind="mail.send", target="a@example.org", action="x", content="Hi", fields={"subject": "Hi"}
    )
    capture = Intent(
        kind="payments.capture", target="pi_123", action="x", money={"amount": "1.00", "currency": "EUR"}
    )
    for intent in (PAGE, letter, capture):
        acted = pairs(shop)[intent.connector].sandbox.act(Order(key="1" * 26, intent=intent))
        assert isinstance(acted, Sent), acted

    kept = sorted(path.name for path in (shop.folder / "sandbox").rglob("*") if path.is_file())
    assert kept == [f"{'1' * 26}.capture.json", f"{'1' * 26}.eml", "hello.md"]


def test_production_is_switched_on_by_a_check_and_off_by_a_word(firm):
    told = to_production(firm.company, "site").told
    real = pairs(firm)["site"].production

    assert mode_of(firm.company, real) == "production"
    switched = "SELECT data->>'mode', data->>'told' FROM event WHERE type = 'connector.switched'"
    assert firm.ask(switched) == [("production", told)]
    to_sandbox(firm.company, "site")
    assert mode_of(firm.company, real) == "sandbox"


def test_switching_twice_is_one_event(firm):
    for _ in range(2):
        to_production(firm.company, "site")

    assert firm.types().count("connector.switched") == 1


def test_a_check_that_fails_keeps_it_in_the_sandbox_and_is_recorded(firm):
    (firm.folder / "pages").rmdir()

    with pytest.raises(CheckFailed):
        to_production(firm.company, "site")

    assert (standing(firm).mode, standing(firm).check_ok) == ("sandbox", False)


def test_a_check_alone_switches_nothing(firm):
    assert check(firm.company, "site").ok
    assert standing(firm).mode == "sandbox"
    assert standing(firm).checked_at == firm.clock.now()


def test_a_folder_that_may_be_a_copy_is_not_switched(firm, tmp_path):
    firm.company.close()
    copy = Shop.__new__(Shop)
    shutil.copytree(firm.folder, tmp_path / "copy")
    copy.__init__(tmp_path / "copy", SETTINGS + PAGES)

    with pytest.raises(Displaced):
        to_production(copy.company, "site")
    copy.company.close()


def test_another_account_begins_in_the_sandbox_again(firm, found):
    to_production(firm.company, "site")
    firm.company.close()
    (firm.folder / "elsewhere").mkdir()

    firm = found(SETTINGS + PAGES.replace("pages", "elsewhere"))

    assert standing(firm).mode == "sandbox"


def test_what_is_not_set_up_or_not_there_is_told(firm):
    with pytest.raises(NotSetUp):
        to_production(firm.company, "mail")
    with pytest.raises(NoConnector):
        check(firm.company, "fax")


def test_both_ledgers_stand_side_by_side(firm):
    for number, mode in enumerate(["sandbox", "sandbox", "production"]):
        stream = f"effect/{number}"
        intended = EffectIntended(
            task="task/1", capability="content", intent=PAGE, mode=mode, undo="undo", account="pages"
        )
        events = (intended, EffectConfirmed(reference="hello.md")) if number else (intended,)
        writes = [Write(stream=stream, data=each, actor="test") for each in events]
        firm.company.append(writes, expected={stream: NEW_STREAM})

    assert standing(firm).sandbox == {"intended": 1, "confirmed": 1}
    assert standing(firm).production == {"confirmed": 1}


def test_the_commands_say_what_is_and_what_to_do(firm):
    firm.company.close()

    def run(*words):
        return CliRunner().invoke(app, ["connector", *words, "--company", str(firm.folder)])

    assert run("production", "site").exit_code == 0
    listed = {each["connector"]: each for each in map(json.loads, run("list", "--json").output.splitlines())}
    assert listed["site"]["mode"] == "production"
    assert run("production", "mail").exit_code == 1
    assert run("sandbox", "site").exit_code == 0
    assert run("check", "site").exit_code == 0


@pytest.mark.parametrize(
    ("section", "reason"),
    [
        ('mail]\nhost = "a b"\naddress = "me@example.com"', "no name of a server"),
        ('mail]\nhost = "mail.example.com"\naddress = "me"', "no e-mail address"),
        ('mail]\nhost = "mail.example.com"\naddress = "me@example.com"\npassword = "x"', "no such field"),
        ('payments]\nurl = "http://provider.example"', "https address"),
        ('payments]\nurl = "https://user:word@provider.example"', "https address"),
        ('payments]\nurl = "https://provider.example?key=x"', "https address"),
        ('fax]\nnumber = "1"', "no such field"),
    ],
)
def test_settings_that_cannot_be_meant_are_refused(tmp_path, section, reason):
    (tmp_path / "workbench.toml").write_text(f"[connectors.{section}\n")

    with pytest.raises(SettingsInvalid, match=reason):
        load_settings(tmp_path)
