"""The page 'books' as the operator works with it: the month by keyboard, each line down to its bytes."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import quote

import pytest
from serving import serve

from opc_kernel.approvals.decide import Decided
from opc_kernel.approvals.queue import QueueRow, rows_of
from workbench.company import own_company
from workbench.founding import found
from workbench.ingest import Ingestion
from workbench.view_books import months, rows_of_month

pytestmark = pytest.mark.browser

playwright = pytest.importorskip("playwright.sync_api")
expect = playwright.expect
expect.set_options(timeout=30_000)

TOO_MUCH = "100000000000000.00"
UNREADABLE = f"""Account,Date,Amount,Currency,Name,Details
8310047729,2026-10-10,{TOO_MUCH},USD,Everything,all of it
"""


def enter(page, served, name="books", **query):
    page.goto(served.link)
    page.goto(f"{served.base}/{name}/?" + "&".join(f"{key}={quote(value)}" for key, value in query.items()))
    expect(page.locator("header.wb-head")).to_be_visible()


def work_month(served) -> tuple[str, list[QueueRow]]:
    """Return the month with the most open rows, and those."""
    with served.company() as company:
        found = {month: rows_of_month(company, month) for month in months(company).values()}
    month = max(found, key=lambda each: len(found[each]))
    return month, found[month]


def now(served, row: QueueRow) -> QueueRow:
    with served.company() as company:
        return rows_of(company, [row.key])[0]


def shown(page, row: QueueRow) -> None:
    expect(page.locator("article.wb-row h2").first).to_have_text(row.summary)


def chosen(page, row: QueueRow):
    return page.get_by_role("radio", name=row.short)


def looked_at(page, served) -> QueueRow:
    """Return the row that is chosen in the list."""
    rows = page.get_by_role("radiogroup", name="Rows")
    with served.company() as company:
        return rows_of(company, [rows.get_by_role("radio", checked=True).get_attribute("value")])[0]


def questions(rows: list[QueueRow]) -> list[QueueRow]:
    return [row for row in rows if row.kind == "question" and row.capability == "books"]


def test_a_month_is_worked_through_by_keyboard(page, served):
    month, rows = work_month(served)
    begin = questions(rows)[0]
    enter(page, served, month=month, row=begin.key)
    shown(page, begin)

    decided = []
    for key in ("1", "r", "d"):
        row = looked_at(page, served)
        page.keyboard.press(key)
        expect(page.get_by_text("is chosen: Enter confirms")).to_be_visible()
        assert now(served, row).decision is None
        page.keyboard.press("Enter")
        expect(page.get_by_role("status")).to_contain_text(row.summary)
        expect(chosen(page, row)).to_have_count(0)
        decided.append(now(served, row))

    assert [(row.decision, row.channel) for row in decided] == [
        ("answer", "view"),
        ("reject", "view"),
        ("defer", "view"),
    ]
    assert decided[0].answer == begin.options[0].id


def test_a_category_of_your_own_is_typed_and_confirmed_by_ctrl_enter(page, served):
    month, rows = work_month(served)
    row = questions(rows)[0]
    enter(page, served, month=month, row=row.key)
    shown(page, row)
    own = page.get_by_role("textbox", name="Or in your own words")
    answers = page.get_by_role("radiogroup", name="Answers")

    page.keyboard.press("1")
    page.keyboard.press("w")
    expect(own).to_be_focused()
    page.keyboard.type("office party 2026")
    expect(page.get_by_text("is chosen: Ctrl+Enter confirms")).to_be_visible()
    expect(answers.get_by_role("radio", checked=True)).to_have_count(0)
    page.keyboard.press("Enter")
    page.keyboard.press("Escape")
    page.keyboard.press("2")
    expect(own).to_have_value("")
    expect(answers.get_by_role("radio", checked=True)).to_have_count(1)
    assert now(served, row).decision is None

    page.keyboard.press("w")
    page.keyboard.type("office party")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_role("status")).to_contain_text(row.summary)
    decided = now(served, row)
    assert (decided.decision, decided.answer) == ("answer", "office party")


def test_no_single_key_decides_anything(page, served):
    month, rows = work_month(served)
    row = questions(rows)[0]
    enter(page, served, month=month, row=row.key)
    shown(page, row)

    page.keyboard.press("Enter")
    expect(page.get_by_text("Choose first")).to_be_visible()
    for key in ("1", "a", "r", "d", "2"):
        page.keyboard.press(key)
        expect(page.get_by_text("is chosen: Enter confirms")).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("Enter")

    expect(page.get_by_text("Choose first")).to_be_visible()
    expect(page.get_by_role("radiogroup", name="Answers").get_by_role("radio", checked=True)).to_have_count(0)
    assert now(served, row).decision is None


def test_the_keys_move_through_the_rows_and_can_be_looked_up(page, served):
    month, rows = work_month(served)
    enter(page, served, month=month, row=rows[0].key)
    shown(page, rows[0])

    page.keyboard.press("j")
    page.keyboard.press("ArrowDown")
    expect(chosen(page, rows[2])).to_be_checked()
    shown(page, rows[2])
    page.keyboard.press("k")
    shown(page, rows[1])
    expect(page).to_have_url(re.compile(re.escape(quote(rows[1].key, safe=""))))

    page.keyboard.press("?")
    expect(page.get_by_role("table", name="Keys")).to_be_visible()
    page.keyboard.press("?")
    expect(page.get_by_role("table", name="Keys")).to_be_hidden()


def test_what_happens_elsewhere_takes_neither_the_row_nor_the_words_away(page, served):
    month, rows = work_month(served)
    mine, other = questions(rows)[1], questions(rows)[0]
    enter(page, served, month=month, row=mine.key)
    shown(page, mine)
    page.keyboard.press("n")
    page.keyboard.type("just a moment")

    with served.company() as company:
        told = Decided(
            key=other.key, hash=other.hash, decision="ask", note="why?", channel="cli", account="x"
        )
        assert company.decide(told).accepted

    expect(page.get_by_text("settled elsewhere: show")).to_be_visible()
    expect(chosen(page, mine)).to_be_checked()
    expect(page.locator("textarea:visible")).to_have_value("just a moment")
    expect(chosen(page, other)).to_be_visible()


def test_a_line_is_found_by_words_and_shows_what_it_rests_on_by_keyboard(page, served):
    with served.company() as company:
        ((stream, month, who, number, digest),) = company.query(
            "SELECT t.stream, strftime(t.booked_on, '%Y-%m'), t.counterparty, i.number, b.file "
            "FROM bank_transaction AS t JOIN settlement AS s USING (stream) JOIN invoice AS i ON i.stream = s.invoice "
            "JOIN bank_statement AS b ON b.stream = t.statement WHERE s.decided_by = 'automatic' "
            "ORDER BY t.stream LIMIT 1"
        ).rows
    enter(page, served, month=month)
    lines = page.get_by_role("listbox", name="Lines")
    expect(lines.get_by_role("option").first).to_be_visible()

    page.get_by_role("searchbox", name="Filter").fill(f"{number} {who[:4]}")
    expect(lines.get_by_role("option")).to_have_count(1)
    page.keyboard.press("ArrowDown")

    chain = page.locator("[data-cell-name=chain_of]")
    expect(chain.locator("h3")).to_have_text(
        ["Statement line", "Transaction", "Explanation", "Decision", "Documents"]
    )
    expect(chain).to_contain_text(digest)
    expect(chain).to_contain_text("Nobody was asked")
    expect(chain.locator(".wb-total")).to_contain_text(re.compile(r"[01]\.\d{3}"))
    expect(chain).to_contain_text(number)
    expect(page).to_have_url(re.compile(re.escape(quote(stream, safe=""))))


def test_the_charts_are_drawn_here_without_any_other_host(page, served):
    enter(page, served)

    expect(page.locator("svg.marks").nth(1)).to_be_visible()
    expect(page.locator("svg.marks text", has_text="income").first).to_be_visible()


def test_what_cannot_be_asked_is_said_in_words(page, tmp_path, runtime):
    folder = tmp_path / "huge"
    found(folder, demo=False)
    with own_company(folder) as company:
        taker = Ingestion(company, folder, company.settings, actor="test")
        for name, text in {
            "rates.csv": "date,base,quote,rate\n2026-10-09,USD,EUR,999999999\n",
            "bank.csv": UNREADABLE,
        }.items():
            Path(tmp_path / name).write_text(text)
            assert taker.ingest(tmp_path / name).status == "read"
    server = serve(folder, tmp_path)
    try:
        enter(page, server)

        expect(page.get_by_role("alert")).to_contain_text("could not be answered")
        expect(page.get_by_text("Traceback")).to_have_count(0)
    finally:
        server.stop()


def test_the_past_judged_once_more_is_shown_with_the_way_to_each_chain(page, served):
    rows = work_month(served)[1]
    row = next(each for each in questions(rows) if each.options[0].id.startswith("invoice/"))
    with served.company() as company:
        told = Decided(
            key=row.key,
            hash=row.hash,
            decision="answer",
            choice=row.options[0].id,
            channel="cli",
            account="x",
        )
        assert company.decide(told).accepted
    enter(page, served, "evaluation")

    expect(page.get_by_role("heading", name=re.compile("Settled alone, wrong: "))).to_be_visible()
    needless = page.locator("[data-cell-name=needless] li").first
    expect(needless).to_contain_text("Said first, and booked by you")
    needless.locator("summary").click()
    needless.get_by_role("link", name="What it rests on").click()
    expect(page.locator("[data-cell-name=chain_of] h3").first).to_have_text("Statement line")
