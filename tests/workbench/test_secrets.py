"""Secrets: kept outside the company's folder, taken from where they belong, and never shown."""

import io
import stat
import sys

import keyring
import pytest
from keyring.backend import KeyringBackend
from keyring.errors import PasswordDeleteError
from typer.testing import CliRunner

from workbench.cli.main import app
from workbench.company import given_id
from workbench.secrets import (
    NotASecret,
    SecretMissing,
    drop_secret,
    find_secret,
    keep_secret,
    secret,
    secret_file,
)


class Ring(KeyringBackend):
    """A keyring that holds."""

    priority = 1

    def __init__(self):
        self.held = {}

    def get_password(self, service, username):
        return self.held.get((service, username))

    def set_password(self, service, username, password):
        self.held[service, username] = password

    def delete_password(self, service, username):
        if self.held.pop((service, username), None) is None:
            raise PasswordDeleteError


@pytest.fixture
def folder(shop):
    return shop.folder


@pytest.fixture
def ring():
    before = keyring.get_keyring()
    keyring.set_keyring(Ring())
    yield keyring.get_keyring()
    keyring.set_keyring(before)


def test_without_a_keyring_a_secret_lies_in_a_file_for_this_user_alone(folder):
    assert keep_secret(folder, "mail", "canary-1") == "file"

    path = secret_file(given_id(folder), "mail")
    assert secret(folder, "mail") == "canary-1"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert not path.is_relative_to(folder)


def test_a_keyring_is_used_where_there_is_one_and_an_older_file_goes(folder, ring):
    path = secret_file(given_id(folder), "mail")
    path.parent.mkdir(parents=True)
    path.write_text("older")

    assert keep_secret(folder, "mail", "canary-2") == "keyring"

    assert list(ring.held.values()) == ["canary-2"]
    assert not path.exists()
    assert secret(folder, "mail") == "canary-2"


def test_the_environment_goes_first(folder, ring, monkeypatch):
    keep_secret(folder, "mail", "kept")
    monkeypatch.setenv("WORKBENCH_SECRET_MAIL", "given")

    assert find_secret(folder, "mail").source == "environment"
    assert secret(folder, "mail") == "given"


def test_a_secret_that_was_never_given_is_missed_with_what_to_do(folder):
    with pytest.raises(SecretMissing) as missed:
        secret(folder, "payments")

    assert "workbench secret set payments" in missed.value.todo
    assert "WORKBENCH_SECRET_PAYMENTS" in missed.value.todo


def test_a_dropped_secret_is_gone_from_both_places(folder, ring):
    keep_secret(folder, "mail", "x")

    assert drop_secret(folder, "mail")
    assert not drop_secret(folder, "mail")
    assert find_secret(folder, "mail") is None


@pytest.mark.parametrize("name", ["", "Mail", "../mail", "a/b", "mail..x", "x" * 40, "mail\n"])
def test_a_name_that_is_none_is_refused(folder, name):
    with pytest.raises(NotASecret):
        keep_secret(folder, name, "canary")


@pytest.mark.parametrize("value", ["", "a\nb", "a\0b", "\ud800", "x" * 70_000])
def test_what_can_be_no_secret_is_refused_without_telling_it(folder, value):
    with pytest.raises(NotASecret) as refused:
        keep_secret(folder, "mail", value)

    assert value == "" or value not in str(refused.value)


def test_what_was_found_does_not_show_itself(folder):
    keep_secret(folder, "mail", "canary-3")

    assert repr(find_secret(folder, "mail")) == "Kept(file)"


def run(*words, typed=""):
    return CliRunner().invoke(app, [str(word) for word in words], input=typed)


def test_the_command_takes_it_from_another_program_and_shows_it_nowhere(folder, monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.StringIO())
    kept = run("secret", "set", "mail", "--company", folder, typed="canary-4\n")
    shown = run("secret", "show", "mail", "--company", folder)

    assert (kept.exit_code, shown.exit_code) == (0, 0), kept.output
    assert secret(folder, "mail") == "canary-4"
    assert "canary" not in kept.output + shown.output
    assert run("secret", "drop", "mail", "--company", folder).exit_code == 0
    assert run("secret", "show", "mail", "--company", folder).exit_code == 1
