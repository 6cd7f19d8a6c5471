"""Memory on the command line: it fills from what happened, and every line says which event it comes from."""

import json

import pytest
from typer.testing import CliRunner

from workbench.cli.main import app

BILLS = """
RE-1, out, Sandtor GmbH,    2026-09-01, 2026-10-15, 1190.00, EUR
RE-2, out, SANDTOR GMBH,    2026-10-01, 2026-11-15, 500.00,  EUR
ER-7, in,  Elbe Papier AG,  2026-10-03, 2026-10-17, 80.00,   EUR
"""


@pytest.fixture
def run(shop):
    def call(*words):
        return CliRunner().invoke(app, ["memory", *words, "--company", str(shop.folder)])

    shop.invoices(BILLS)
    shop.company.close()
    return call


def records(done):
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_whoever_has_an_invoice_is_known_under_one_name(run):
    known = records(run("list", "--json"))

    assert [(each["name"], each["kind"], each["items"]) for each in known] == [
        ("Elbe Papier AG", "firm", 1),
        ("Sandtor GmbH", "firm", 2),
    ]


def test_a_profile_tells_role_and_money_with_their_events(run):
    text = run("profile", "sandtor").stdout

    assert "Role             customer  [" in text
    assert "2 documents over 1,690.00 EUR; they owe 1,690.00 in 2, next due 2026-10-15  [" in text
    assert "2026-10-01  document  Invoice RE-2" in text


def test_looking_again_adds_nothing(run):
    first = run("facts", "Sandtor GmbH", "--json").stdout

    assert run("facts", "Sandtor GmbH", "--json").stdout == first


def test_merged_and_taken_back(run):
    before = run("profile", "Elbe Papier AG").stdout

    assert run("merge", "Elbe Papier AG", "Sandtor GmbH", "--reason", "one house").exit_code == 0
    merged = run("profile", "Elbe Papier AG").stdout
    entity = merged.split("speaks for ")[1].splitlines()[0]
    assert merged.startswith("Sandtor GmbH")
    assert run("unmerge", entity).stdout == "They are two again.\n"

    assert run("profile", "Elbe Papier AG").stdout == before


def test_two_that_are_never_the_same_are_not_merged(run):
    assert run("apart", "Elbe Papier AG", "Sandtor GmbH").exit_code == 0

    refused = run("merge", "Elbe Papier AG", "Sandtor GmbH")

    assert (refused.exit_code, "you said that they are never the same" in refused.stderr) == (1, True)


def test_a_name_that_says_nothing_is_refused_in_words(run):
    done = run("profile", "nobody")

    assert (done.exit_code, done.stderr.splitlines()[0]) == (1, "'nobody' names nobody who is known here.")


def test_the_past_is_read_as_it_was(run):
    done = run("profile", "Sandtor GmbH", "--as-of", "2026-01-01")

    assert done.exit_code == 1, "nobody was known then"
