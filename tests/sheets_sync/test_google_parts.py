"""The parts of the Google face that need no Google: values, sharing, addresses, credentials, sizes of calls."""

import json
from dataclasses import replace
from datetime import date
from decimal import Decimal

import msgspec
import pytest
import requests
from google.auth.exceptions import TransportError
from sheet_examples import SCHEMA, proposal, question

from opc_kernel.errors import KernelError
from sheets_sync.google import look, opening, sharing, transport, writing
from sheets_sync.google.answers import Cell
from sheets_sync.google.cells import put, take
from sheets_sync.google.credentials import load
from sheets_sync.google.errors import CredentialsUnusable
from sheets_sync.google.look import column_letter
from sheets_sync.google.sharing import Access
from sheets_sync.google.table import Reading
from sheets_sync.row import Odd
from sheets_sync.schema import DECISION, HASH, KEY, STATUS, Column, Schema

TEXT = Column("text", "Text")
NOTE = Column("note", "Note", owner="human")
AMOUNT = Column("amount", "Amount", kind="number")
DAY = Column("day", "Day", kind="date")


def cell(**content):
    return msgspec.convert(content, Cell)


def entered(**value):
    return cell(userEnteredValue=value)


@pytest.mark.parametrize(
    ("value", "column"),
    [
        ("=1+1", TEXT),
        ("a\rb\x07 _x0041_", TEXT),
        (Decimal("-12.5"), AMOUNT),
        (Decimal(1200), AMOUNT),
        (date(2026, 2, 28), DAY),
        (date(1901, 1, 1), DAY),
    ],
)
def test_a_value_comes_back_as_it_was(value, column):
    assert take(msgspec.convert(put(value), Cell), column) == value


def test_no_value_is_no_cell():
    assert put(None) == put("") == {}
    assert take(None, TEXT) is None
    assert take(cell(), TEXT) is None


def test_a_text_is_never_a_formula():
    assert put("=IMPORTXML(A1)") == {"userEnteredValue": {"stringValue": "=IMPORTXML(A1)"}}


@pytest.mark.parametrize(
    ("found", "what"),
    [
        (entered(formulaValue='="approve"'), "a formula"),
        (entered(boolValue=True), "a true/false value"),
        (entered(errorValue={"type": "REF"}), "an error value"),
        (cell(userEnteredValue={"stringValue": "approve"}, hyperlink="https://example.org"), "a link"),
    ],
)
def test_what_is_no_plain_word_is_no_decision(found, what):
    assert take(found, DECISION) == Odd(what)


def test_a_link_in_a_note_is_text():
    assert (
        take(cell(userEnteredValue={"stringValue": "see a.de"}, hyperlink="https://a.de"), NOTE) == "see a.de"
    )


def test_a_day_with_a_time_is_a_number_and_no_day():
    assert take(entered(numberValue=46082.5), DAY) == Decimal("46082.5")


@pytest.mark.parametrize(("place", "letters"), [(0, "A"), (25, "Z"), (26, "AA"), (701, "ZZ"), (702, "AAA")])
def test_columns_have_letters(place, letters):
    assert column_letter(place) == letters


def granted(*grants):
    return msgspec.convert(
        {"permissions": [dict(zip(("type", "role", "emailAddress"), each, strict=True)) for each in grants]},
        Access,
    )


def test_who_is_listed_is_trusted_whatever_the_case():
    access = granted(("user", "owner", "Ada@example.com"), ("user", "writer", "bot@x.iam"))

    assert sharing.distrust(access, allowed=["ada@example.com"], itself="bot@x.iam") == ""
    assert access.writers("bot@x.iam") == "Ada@example.com"


def test_a_listed_domain_covers_its_people():
    access = granted(("user", "owner", "ada@example.com"), ("domain", "reader", ""))

    assert sharing.distrust(access, allowed=["example.com"], itself="") != ""
    access = granted(("user", "owner", "ada@example.com"), ("user", "reader", "bob@example.com"))
    assert sharing.distrust(access, allowed=["example.com"], itself="") == ""


@pytest.mark.parametrize("role", ["reader", "commenter", "writer"])
def test_a_stranger_is_named_whatever_he_may_do(role):
    access = granted(("user", "owner", "ada@example.com"), ("user", role, "eve@evil.org"))

    assert "eve@evil.org" in sharing.distrust(access, allowed=["ada@example.com"], itself="")


def test_anyone_with_the_link_can_not_be_listed():
    access = granted(("user", "owner", "ada@example.com"), ("anyone", "reader", ""))

    why = sharing.distrust(access, allowed=["ada@example.com", "anyone with the link", "anyone"], itself="")
    assert (
        why
        == "anyone with the link can see the spreadsheet; restrict its general access to the people you added"
    )


def test_a_group_of_a_listed_domain_is_still_a_stranger():
    access = granted(("group", "writer", "all@example.com"))

    assert "all@example.com" in sharing.distrust(access, allowed=["example.com"], itself="")


def test_what_can_not_be_seen_is_not_trusted():
    assert "can't be seen" in sharing.distrust(Access(), allowed=["ada@example.com"], itself="")


ID = "1ZiVLfW42k1aWaar0_6PjvOteg-2jvWNc2S3X5hK4HDI"


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "http://10.0.0.1:8", "http://127.0.0.1.evil.example"]
)
def test_a_stand_in_is_on_this_machine_or_refused(origin, monkeypatch, tmp_path):
    path = tmp_path / "account.json"
    path.write_text(
        json.dumps({"type": "authorized_user", "client_id": "i", "client_secret": "s", "refresh_token": "r"})
    )
    monkeypatch.setenv(opening.ORIGIN, origin)

    with pytest.raises(KernelError, match="not this machine"):
        opening.open_workbook(ID, path, [])


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("", "no JSON"),
        ("[]", "no JSON"),
        ("{}", "neither"),
        ('{"type": "service_account", "private_key": "SECRET"}', "incomplete"),
        ('{"type": "authorized_user", "refresh_token": "SECRET"}', "incomplete"),
        ('{"installed": {"client_secret": "SECRET"}}', "connect with it first"),
    ],
)
def test_unusable_credentials_are_told_without_their_content(content, problem, tmp_path):
    path = tmp_path / "key.json"
    path.write_text(content)

    with pytest.raises(CredentialsUnusable, match=problem) as caught:
        load(path)
    assert "SECRET" not in str(caught.value)


def test_missing_credentials_are_told(tmp_path):
    with pytest.raises(CredentialsUnusable, match="No such file"):
        load(tmp_path / "none.json")


def calls(append, statuses=None):
    target = writing.writer(SCHEMA, Reading((), None), append)
    return list(target.calls(append, statuses or {}))


def test_everything_fits_into_one_call():
    (call,) = calls([proposal(number) for number in range(500)])

    assert [name for request in call.requests for name in request].count("appendCells") == 2


def test_what_is_too_much_for_one_call_is_parted_and_nothing_is_lost():
    rows = [proposal(number, cells={"content": "ü" * 30_000}) for number in range(100)]

    parts = calls(rows)

    assert len(parts) > 1
    assert [row.key for call in parts for row in call.rows] == [row.key for row in rows]
    assert all(len(msgspec.json.encode(call.requests)) < 2_000_000 for call in parts)


def test_a_dropdown_offers_nothing_that_google_would_take_for_a_formula():
    (call,) = calls([question(1, "=cmd|' /C calc'!A0", "Business")])

    assert "calc" not in str([request for request in call.requests if "setDataValidation" in request])
    rows = next(request["appendCells"]["rows"] for request in call.requests if "appendCells" in request)
    offered = [value.get("dataValidation", {}).get("condition") for value in rows[0]["values"]]
    assert {"type": "ONE_OF_LIST", "values": [{"userEnteredValue": "Business"}]} in offered


def test_the_status_of_a_row_is_looked_up_by_its_name_wherever_it_stands():
    (call,) = calls([replace(proposal(1), showing=2)])

    rows = next(request["appendCells"]["rows"] for request in call.requests if "appendCells" in request)
    place = next(at for at, column in enumerate(SCHEMA.columns) if column is STATUS)
    formula = rows[0]["values"][place]["userEnteredValue"]["formulaValue"]
    assert "ROW()" in formula
    assert not any(letter.isdigit() for letter in formula.replace(";2;", ""))
    assert call.statuses == {"proposal/1 h1~2": "open"}


def test_a_day_counts_as_old_from_the_day_its_help_names():
    asked = Column("asked", "Asked", kind="date", ages=(3, 7))
    requests = look.new_tab(Schema("Queue", (KEY, HASH, asked, DECISION, STATUS)), "", 1, rows=0)

    rules = [
        each["addConditionalFormatRule"]["rule"]["booleanRule"]
        for each in requests
        if "addConditionalFormatRule" in each
    ]
    formulas = [rule["condition"]["values"][0]["userEnteredValue"] for rule in rules]
    assert formulas[:2] == [f"=AND(ISNUMBER($C2);TODAY()-$C2>={days})" for days in (3, 7)]


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (requests.ConnectTimeout(), "no answer in time"),
        (requests.exceptions.SSLError(), "no safe connection"),
        (requests.ConnectionError("secret.example"), "no connection"),
        (TransportError("secret.example"), "no connection"),
        (requests.TooManyRedirects("secret.example"), "TooManyRedirects"),
    ],
)
def test_why_google_does_not_answer_is_told_in_words_of_our_own(error, words):
    assert transport._cause(error) == words
