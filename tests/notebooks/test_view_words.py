"""What the views say: text that stays text, counts and kinds in words, and which row comes next."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from opc_kernel.approvals.queue import QueueRow
from opc_kernel.approvals.row import Option
from opc_kernel.errors import KernelError
from opc_kernel.log.rows import Rows
from workbench import view_page, view_queue
from workbench.company import own_company
from workbench.founding import found
from workbench.view_log import table
from workbench.view_page import Markup, counted, element, events_words, header, opened, pretty
from workbench.view_queue import became, choices, count, missing, news, next_key, values_of, worth

ROW = QueueRow(
    key="question/abcdefghijkl",
    kind="question",
    version=1,
    state="open",
    hash="h",
    task="task/1",
    capability="books",
    summary="What is it for?",
    reason="",
    content=None,
    editable=False,
    options=(),
    typed=None,
    facts=(),
    confidence=None,
    risk="low",
    amount=None,
    currency=None,
    at_stake=None,
    expires_at=None,
    undo=None,
    mode=None,
    decision=None,
    answer="",
    note=None,
    deferred_until=None,
    channel=None,
    account=None,
    entries=(),
    decided_at=None,
    first_shown_at=None,
    replaced_by=None,
    asked_at=datetime(2026, 11, 2, tzinfo=UTC),
    asked_position=1,
    correlation_id="c",
)


def test_text_is_escaped_and_markup_is_not():
    inner = element("b", "<i>")
    assert element("p", inner, " & more", class_='"x"').text == (
        '<p class="&quot;x&quot;"><b>&lt;i&gt;</b> &amp; more</p>'
    )


def test_markup_that_is_given_as_text_stays_text():
    assert element("p", str(Markup("<b>"))).text == "<p>Markup(text=&#x27;&lt;b&gt;&#x27;)</p>"


@pytest.mark.parametrize(
    ("kind", "number", "words"),
    [
        ("bank.transaction_booked", 63, "transactions booked"),
        ("bank.transaction_booked", 1, "transaction booked"),
        ("file.received", 6, "files received"),
        ("books.match_declined", 2, "matches declined"),
        ("sales.inquiry_received", 2, "inquiries received"),
        ("calendar.day_closed", 2, "days closed"),
        ("log.payload_erased", 1, "payload erased"),
    ],
)
def test_an_event_type_reads_as_words(kind, number, words):
    assert events_words(kind, number) == words


def test_numbers_come_with_their_noun():
    assert [counted(number, "row") for number in (0, 1, 1234)] == ["0 rows", "1 row", "1,234 rows"]


def test_erased_data_is_said_to_be_erased():
    assert (pretty(None), pretty("null")) == ("erased", "erased")


@pytest.mark.parametrize(
    ("listed", "done", "still_waiting", "following"),
    [
        ("abc", "a", {"b", "c"}, "b"),
        ("abc", "b", {"a", "c"}, "c"),
        ("abc", "c", {"a", "b"}, "a"),
        ("abc", "b", {"a", "b", "c"}, "b"),  # it was refused and still waits
        ("abc", "a", {"c", "z"}, "c"),  # z is new: nobody has seen it in the list yet
        ("a", "a", set(), None),
    ],
)
def test_the_row_that_follows(listed, done, still_waiting, following):
    assert next_key(list(listed), done, still_waiting) == following


def test_news_is_what_differs_from_the_list():
    assert news(0, 0) == ""
    assert news(2, 1) == "2 new rows and 1 row settled elsewhere"
    assert count(1, 1) == "1 row, most money at risk first."
    assert count(2_500, 1_000) == "2,500 rows, most money at risk first, the first 1,000 of them are listed."
    assert count(0, 0) == ""


@pytest.mark.parametrize(
    ("now", "words"),
    [
        (None, "no longer asked"),
        (replace(ROW, state="replaced"), "no longer asked"),
        (replace(ROW, state="replaced", replaced_by="question/x"), "asked anew in another row"),
        (
            replace(ROW, state="answered", decision="answer", channel="cli"),
            "decided elsewhere in cli: answer",
        ),
        (replace(ROW, state="closed"), "settled elsewhere"),
        (replace(ROW, deferred_until=date(2026, 12, 1)), "put aside elsewhere until 01 Dec 2026"),
        (replace(ROW, hash="other"), "changed since it was shown"),
    ],
)
def test_what_became_of_a_row_elsewhere_is_said_in_words(now, words):
    assert became(now) == words


@pytest.mark.parametrize(
    ("amount", "at_stake", "counts"),
    [(None, None, 0.0), (Decimal(5), None, None), (Decimal(-5), Decimal("-4.50"), 4.5)],
)
def test_money_whose_worth_nobody_knows_passes_every_threshold(amount, at_stake, counts):
    assert worth(replace(ROW, amount=amount, at_stake=at_stake)) == counts


@pytest.mark.parametrize(
    ("decision", "values", "said"),
    [
        ("answer", {"choice": None}, "Choose one of the answers."),
        ("edit", {"content": " "}, "Write the content that shall be approved."),
        ("defer", {"until": None}, "Say on which day it comes back."),
        ("ask", {"note": ""}, "Write your question."),
        ("approve", {"note": ""}, None),
        ("answer", {"choice": "x"}, None),
        ("answer", {"choice": None, "content": "postage"}, None),
        ("answer", {"choice": "x", "content": "postage"}, "Choose an answer or write your own, not both."),
    ],
)
def test_a_form_says_what_it_lacks(decision, values, said):
    assert missing(decision, values) == said


def test_every_decision_has_its_words():
    assert set(view_queue.FIELDS) == set(view_queue.TITLES) == set(view_queue.MEANING)
    for decision in view_queue.FIELDS:
        assert all((decision, name) in view_queue.FIELD_NAMES for name in view_queue.FIELDS[decision])


def test_only_a_row_that_takes_own_words_has_a_place_for_them():
    def names(row):
        return [field["name"] for field in view_queue.fields(row, "answer")]

    assert names(ROW) == ["choice", "note"]
    assert names(replace(ROW, typed="a new category")) == ["choice", "content", "note"]


def test_options_that_read_the_same_stay_two():
    row = replace(ROW, options=(Option(id="invoice/1", label="RE-1"), Option(id="invoice/2", label="RE-1")))
    assert choices(row) == {"RE-1 (invoice/1)": "invoice/1", "RE-1 (invoice/2)": "invoice/2"}


def test_a_form_of_the_browser_is_read_as_text_and_a_day():
    assert values_of({"choice": "x", "note": None, "until": "2026-11-03", "key": "k"}) == {
        "choice": "x",
        "content": "",
        "note": "",
        "until": date(2026, 11, 3),
    }
    assert values_of({"until": "tomorrow"})["until"] is None


def test_money_whose_worth_nobody_knows_is_not_called_nothing():
    assert view_page.at_stake(replace(ROW, amount=Decimal(5), currency="USD"), "EUR") == "no recent rate"
    assert view_page.at_stake(ROW, "EUR") == "no money at risk"


def test_a_table_shows_money_as_it_is(tmp_path):
    found(tmp_path / "acme", demo=False)
    answer = Rows(
        columns=("amount", "rate", "what"),
        types=("DECIMAL(19,4)", "DECIMAL(19,8)", "VARCHAR"),
        rows=[(Decimal("-1234567.1000"), Decimal("1.08250000"), "<b>")],
    )
    with own_company(tmp_path / "acme") as company:
        text = table(company, answer).text
    assert ">-1,234,567.10<" in text
    assert ">1.08250000<" in text
    assert "&lt;b&gt;" in text


def test_a_page_without_a_company_says_what_to_do(monkeypatch, tmp_path):
    for folder, words in (("", "No company is named."), (str(tmp_path), "holds no company")):
        monkeypatch.setenv("WORKBENCH_COMPANY", folder)
        company = opened()
        assert isinstance(company, KernelError)
        assert words in header(company, "today").text


def test_a_page_of_a_company_with_broken_settings_says_which_word(monkeypatch, tmp_path):
    found(tmp_path / "acme", demo=False)
    (tmp_path / "acme" / "workbench.toml").write_text("zone = 'Moon/Base'")
    monkeypatch.setenv("WORKBENCH_COMPANY", str(tmp_path / "acme"))

    assert "&#x27;Moon/Base&#x27; is no IANA time zone" in header(opened(), "log").text
