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


def unversioned(done):
    """Return a page without the line that says up to which position it was read."""
    return done.stdout.partition("As known at position")[0]


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


def test_a_profile_says_who_what_was_promised_what_is_open_and_what_comes_next(run):
    text = run("profile", "sandtor").stdout

    titles = [line for line in text.splitlines()[1:] if line and not line.startswith(" ")]
    assert titles[:-1] == [
        "Who they are",
        "What was promised",
        "What is open",
        "Last contacts",
        "Money",
        "Next dates",
    ]
    assert titles[-1].startswith("As known at position ")
    assert "2026-11-15  RE-2 due  500.00 EUR, they owe you" in text


def test_looking_again_adds_nothing(run):
    first = run("facts", "Sandtor GmbH", "--json").stdout

    assert run("facts", "Sandtor GmbH", "--json").stdout == first


def test_merged_and_taken_back(run):
    before = unversioned(run("profile", "Elbe Papier AG"))

    assert run("merge", "Elbe Papier AG", "Sandtor GmbH", "--reason", "one house").exit_code == 0
    merged = run("profile", "Elbe Papier AG").stdout
    entity = merged.split("speaks for ")[1].splitlines()[0]
    assert merged.startswith("Sandtor GmbH")
    assert run("unmerge", entity).stdout == "They are two again.\n"

    assert unversioned(run("profile", "Elbe Papier AG")) == before


def test_whoever_is_named_by_an_id_is_told_by_name(run):
    ids = {each["name"]: each["entity"] for each in records(run("list", "--json"))}
    elbe, sandtor = ids["Elbe Papier AG"], ids["Sandtor GmbH"]

    assert run("tell", elbe, "contact", "Anna").stdout == "Elbe Papier AG: contact is Anna.\n"
    assert run("retract", elbe, "contact").stdout == "Elbe Papier AG: contact is not Anna.\n"
    assert run("merge", elbe, sandtor).stdout.startswith("Elbe Papier AG is Sandtor GmbH from here on.")
    run("unmerge", elbe)
    assert run("apart", elbe, sandtor).stdout == "Elbe Papier AG and Sandtor GmbH are never the same.\n"


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


def test_a_note_is_about_whom_it_names(run):
    assert run("note", "Ms Brandt is away until March", "--about", "Sandtor GmbH").stdout == "Noted.\n"

    assert "note  Ms Brandt is away until March" in run("profile", "Sandtor GmbH").stdout
    assert "Ms Brandt" not in run("profile", "Elbe Papier AG").stdout


def test_told_is_so_and_retracted_is_not(run):
    told = run("tell", "Sandtor GmbH", "phone", "040 1234567", "--reason", "she called")
    assert told.stdout == "Sandtor GmbH: phone is 040 1234567.\n"
    assert run("tell", "Sandtor GmbH", "phone", "+49 40 1234567").stdout == "You said so before.\n"
    assert "+49401234567 (you said so)" in run("profile", "Sandtor GmbH").stdout

    assert run("retract", "Sandtor GmbH", "phone", "--reason", "wrong house").exit_code == 0

    assert "+49401234567" not in run("profile", "Sandtor GmbH").stdout
    states = {each["value"]: each["state"] for each in records(run("facts", "Sandtor GmbH", "--json"))}
    assert states["+49401234567"] == "retracted"


def test_told_from_a_day_to_come_it_is_listed_as_coming(run):
    run("tell", "Sandtor GmbH", "contact", "Anna")
    told = run("tell", "Sandtor GmbH", "contact", "Ben", "--from", "2999-01-01")
    assert told.stdout == "Sandtor GmbH: contact is Ben from 2999-01-01 on.\n"

    text = run("profile", "Sandtor GmbH").stdout
    who, dates = text.partition("What was promised")[0], text.partition("Next dates")[2]
    assert ("Anna" in who, "Ben" in who) == (True, False)
    assert "2999-01-01  Contact  Ben from then on (you said so)" in dates
    states = {each["value"]: each["state"] for each in records(run("facts", "Sandtor GmbH", "--json"))}
    assert (states["Anna"], states["Ben"]) == ("stands", "coming")


def test_something_new_is_told_by_naming_its_kind(run):
    told = run("tell", "Hosting", "renews_on", "2027-03-01", "--kind", "contract")

    assert told.exit_code == 0
    assert "Renews on" in run("profile", "Hosting").stdout
    assert "names nobody" in run("tell", "Nobody", "phone", "040 1").stderr


def test_no_profile_drifts_from_the_events(run):
    assert run("drift").stdout == "Every profile says what the newest events say.\n"


def test_who_is_one_can_not_be_kept_apart(run):
    run("merge", "Elbe Papier AG", "Sandtor GmbH")

    refused = run("apart", "Elbe Papier AG", "Sandtor GmbH")

    assert (refused.exit_code, "They are one already" in refused.stderr) == (1, True)
    assert run("unmerge", "elbe papier ag").stdout == "They are two again.\n"
    assert run("apart", "Elbe Papier AG", "Sandtor GmbH").exit_code == 0
    assert run("apart", "Elbe Papier AG", "Sandtor GmbH").exit_code == 0, "said twice it is said once"


def test_a_note_without_words_and_a_name_without_end_are_refused(run):
    assert "says nothing" in run("note", "  ").stderr
    assert "is no name" in run("tell", "x" * 300, "phone", "040 1234567", "--kind", "person").stderr
