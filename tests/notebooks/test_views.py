"""The views as the operator sees them: a real Chromium, a real server, the demo company."""

from __future__ import annotations

import re
import signal
import time
from urllib.parse import quote

import pytest
from serving import HOSTILE, serve

from opc_kernel.approvals.decide import Decided
from opc_kernel.approvals.queue import QueueRow, rows_of
from workbench.address import read_address
from workbench.company import company_id
from workbench.founding import found
from workbench.view_page import PAGES

pytestmark = pytest.mark.browser

playwright = pytest.importorskip("playwright.sync_api")
expect = playwright.expect
expect.set_options(timeout=30_000)


def enter(page, served, name="today", **query):
    """Open the printed link, then one of the pages."""
    page.goto(served.link)
    page.goto(f"{served.base}/{name}/" + "".join(f"?{key}={quote(value)}" for key, value in query.items()))
    expect(page.locator("header.wb-head")).to_be_visible()


def waiting(served, kind: str, *, beside: str = "onerror") -> QueueRow:
    """Return a row of this kind that waits, but not the hostile one."""
    with served.company() as company:
        return next(row for row in company.queue() if row.kind == kind and beside not in row.summary)


def now(served, row: QueueRow) -> QueueRow:
    with served.company() as company:
        return rows_of(company, [row.key])[0]


def choose(page, word: str) -> None:
    page.get_by_role("tab", name=word).click()


def press(page, word: str) -> None:
    page.get_by_role("button", name=word, exact=True).click()


def until_asked(served, words: str) -> QueueRow:
    """Wait until the server has made a row of a request."""
    for _ in range(100):
        with served.company() as company:
            found = next((row for row in company.queue() if words in row.summary), None)
        if found is not None:
            return found
        time.sleep(0.1)  # the server works on its own
    raise AssertionError(f"nobody asks about {words!r}")


def elsewhere(served, row: QueueRow, word: str, **more) -> None:
    with served.company() as company:
        verdict = company.decide(
            Decided(key=row.key, hash=row.hash, decision=word, channel="cli", account="test", **more)
        )
        assert verdict.accepted


def test_the_link_leads_to_today_and_leaves_no_token_in_the_address(page, served):
    page.goto(served.link)

    expect(page).to_have_url(f"{served.base}/today/")
    with served.company() as company:
        expect(page.locator(".wb-big")).to_have_text(f"{len(company.queue())} rows wait for you")
    expect(page.get_by_role("heading", name="Settled")).to_be_visible()
    expect(page.get_by_text("transactions booked")).to_be_visible()
    expect(page.locator("[data-cell-name=blocked]")).to_contain_text("No agent 'accountant'")


def test_work_asked_for_on_today_becomes_a_plan_in_the_queue(page, served):
    enter(page, served)

    page.get_by_placeholder("What should be done?").fill("publish hello")
    press(page, "Ask for it")

    expect(page.get_by_text("Asked. Its plan comes into the queue")).to_be_visible()
    assert "site.publish" in (until_asked(served, "publish hello").content or "")


def test_a_row_of_today_leads_to_the_same_row_in_the_queue(page, served):
    enter(page, served)
    link = page.locator(".wb-rows a").first
    summary = link.text_content()

    link.click()

    expect(page.locator("article.wb-row h2")).to_have_text(summary)


def test_looking_at_the_queue_is_recorded_once(page, served):
    row = waiting(served, "question")
    enter(page, served, "queue", row=row.key)
    expect(page.locator("article.wb-row h2")).to_have_text(row.summary)
    enter(page, served, "queue", row=row.key)
    expect(page.locator("article.wb-row h2")).to_have_text(row.summary)

    with served.company() as company:
        shown = company.query(
            "SELECT data->>'channel' AS channel FROM event WHERE stream = $key AND type = 'question.shown'",
            key=row.key,
        )
    assert shown.rows == [("view",)]


def test_an_answer_is_recorded_and_the_next_row_selected(page, served):
    row = waiting(served, "question")
    enter(page, served, "queue", row=row.key)

    page.get_by_label(row.options[0].label).click()
    page.locator("textarea:visible").fill("as agreed on the phone")
    press(page, "Answer")

    expect(page.get_by_role("status")).to_contain_text("Answer recorded")
    expect(page.locator("article.wb-row h2")).not_to_have_text(row.summary)
    expect(page.get_by_role("radio", name=row.short)).to_have_count(0)
    decided = now(served, row)
    assert (decided.state, decided.answer, decided.note) == (
        "answered",
        row.options[0].id,
        "as agreed on the phone",
    )
    assert decided.channel == "view"

    page.goto(f"{served.base}/log/?story={row.correlation_id}")
    told = page.locator(".wb-story li", has_text="question.decided")
    told.locator("summary").click()
    expect(told.locator("pre")).to_contain_text("as agreed on the phone")


def test_a_proposal_is_approved_as_it_stands(page, served):
    row = waiting(served, "proposal")
    enter(page, served, "queue", row=row.key)
    expect(page.locator("article.wb-row pre").first).to_have_text(row.content)

    press(page, "Approve")

    expect(page.get_by_role("status")).to_contain_text("Approve recorded")
    decided = now(served, row)
    assert (decided.state, decided.decision, decided.channel) == ("approved", "approve", "view")


def test_a_row_decided_elsewhere_meanwhile_is_refused_in_words(page, served):
    row = waiting(served, "question")
    enter(page, served, "queue", row=row.key)
    page.get_by_label(row.options[0].label).click()

    elsewhere(served, row, "answer", choice=row.options[-1].id)
    press(page, "Answer")

    expect(page.get_by_role("status")).to_contain_text("Not taken: already decided: answer")
    assert now(served, row).answer == row.options[-1].id
    expect(page.get_by_text("This row was decided elsewhere in cli: answer.")).to_be_visible()
    expect(page.get_by_label(row.options[0].label)).to_be_checked()
    press(page, "Refresh")
    expect(page.get_by_role("radio", name=row.short)).to_have_count(0)


def test_a_row_whose_content_changed_meanwhile_is_refused_in_words(page, served):
    row = waiting(served, "question")
    enter(page, served, "queue", row=row.key)
    page.get_by_label(row.options[0].label).click()

    elsewhere(served, row, "ask", note="what else do you know?")
    press(page, "Answer")

    expect(page.get_by_role("status")).to_contain_text("Not taken: the content has changed since")
    assert now(served, row).state == "replaced"


def test_the_page_says_what_is_new_and_changes_nothing_until_told(page, served):
    row = waiting(served, "question")
    enter(page, served, "queue")
    expect(page.get_by_role("radio", name=row.short)).to_be_visible()

    elsewhere(served, row, "ask", note="why?")

    show = page.get_by_role("button", name="1 new row and 1 row settled elsewhere: show")
    expect(show).to_be_visible()
    expect(page.get_by_role("radio", name=row.short)).to_be_visible()
    show.click()
    expect(page.get_by_role("radio", name=row.short)).to_have_count(0)


def test_asking_back_wants_a_question(page, served):
    row = waiting(served, "question")
    enter(page, served, "queue", row=row.key)

    choose(page, "Ask back")
    press(page, "Ask back")

    expect(page.get_by_text("Write your question.")).to_be_visible()
    assert now(served, row).state == "open"


def test_after_a_decision_the_next_row_begins_with_its_first_decision(page, served):
    row = waiting(served, "question")
    enter(page, served, "queue", row=row.key)

    choose(page, "Defer")
    press(page, "Defer")

    expect(page.get_by_role("status")).to_contain_text("Defer recorded")
    assert now(served, row).deferred_until is not None
    expect(page.get_by_role("tab").first).to_have_attribute("aria-selected", "true")


def test_a_blocked_task_takes_its_own_answers(page, served):
    row = waiting(served, "blocked")
    enter(page, served, "queue", row=row.key)

    expect(page.get_by_role("tab")).to_have_text(["Answer"])
    page.get_by_label(row.options[-1].label).click()
    press(page, "Answer")

    expect(page.get_by_role("status")).to_contain_text("Answer recorded")
    assert now(served, row).state != "open"


def test_text_from_outside_stays_text_on_every_page(page, served):
    with served.company() as company:
        row = next(row for row in company.queue() if HOSTILE in row.summary)
    enter(page, served)
    expect(page.get_by_text(HOSTILE).first).to_be_visible()

    page.goto(f"{served.base}/queue/?row={quote(row.key)}")
    expect(page.locator("article.wb-row h2")).to_contain_text(HOSTILE)
    expect(page.get_by_role("radio", name=row.short)).to_be_checked()
    page.get_by_text("Rests on 1 fact").click()
    page.locator(".wb-story summary").first.click()
    expect(page.locator(".wb-story pre").first).to_contain_text(HOSTILE)
    assert _made_of(page) == []

    page.goto(f"{served.base}/log/?story={row.correlation_id}")
    ask(
        page,
        f"SELECT text, text AS \"{HOSTILE}\" FROM bank_transaction WHERE stream = 'bank_transaction/hostile'",
    )
    expect(page.locator(".wb-table td").first).to_contain_text(f"text/html:{HOSTILE}")
    expect(page.locator(".wb-table th").last).to_have_text(HOSTILE)
    assert _made_of(page) == []


def _made_of(page) -> list[str]:
    """Return what a stranger's text became: images, bold words, links to their host, scripts."""
    suspicious = page.locator(
        "img[src='x'], a[href*='evil'], strong:has-text('bold'), script:has-text('alert(')"
    )
    return suspicious.evaluate_all("all => all.map(each => each.outerHTML)")


def ask(page, sql: str) -> None:
    page.locator("[data-cell-name=question] textarea").fill(sql)
    press(page, "Ask")


def test_money_is_answered_to_the_cent(page, served):
    enter(page, served, "log")

    ask(page, "SELECT 1234567.1::DECIMAL(19, 4) AS amount, 0.1::DECIMAL(19, 4) + 0.2::DECIMAL(19, 4) AS sum")

    expect(page.locator(".wb-table td")).to_have_text(["1,234,567.10", "0.30"])


@pytest.mark.parametrize(
    ("sql", "words"),
    [
        ("DELETE FROM event", "The statement was refused"),
        ("SELECT * FROM read_csv('/etc/passwd')", "'read_csv' is not allowed"),
        ("SELECT nothing FROM event", "could not be answered"),
        ("SELECT * FROM event WHERE position < 0", "No rows."),
    ],
)
def test_a_question_that_cannot_be_answered_is_answered_in_words(page, served, sql, words):
    enter(page, served, "log")

    ask(page, sql)

    expect(page.locator("[data-cell-name=answer]")).to_contain_text(words)
    expect(page.get_by_text("Traceback")).to_have_count(0)


def test_every_example_has_an_answer(page, served):
    from workbench.view_log import examples

    enter(page, served, "log")
    for name, sql in examples().items():
        page.locator("select").select_option(label=name)
        expect(page.locator("[data-cell-name=question] textarea")).to_have_value(sql)
        expect(page.locator("[data-cell-name=answer]")).to_contain_text(re.compile(r"rows?\."))
        expect(page.get_by_role("alert")).to_have_count(0)


def test_a_story_can_be_named(page, served):
    row = waiting(served, "question")
    enter(page, served, "log")

    page.get_by_placeholder("correlation id").fill(row.correlation_id)
    page.get_by_placeholder("correlation id").press("Enter")
    expect(page.locator(".wb-story code").first).to_have_text("bank.transaction_booked")

    page.get_by_placeholder("correlation id").fill("none of ours")
    page.get_by_placeholder("correlation id").press("Enter")
    expect(page.get_by_role("status")).to_have_text("There is no story 'none of ours'.")


@pytest.mark.parametrize("name", PAGES)
def test_an_empty_company_says_the_one_next_step(page, empty, name):
    enter(page, empty, name)

    expect(page.get_by_text("Nothing is here yet.")).to_be_visible()
    expect(page.get_by_text(f"workbench ingest --company {empty.folder}")).to_be_visible()


@pytest.mark.parametrize("name", PAGES)
def test_nothing_is_wider_than_a_phone(page, served, name):
    page.set_viewport_size({"width": 400, "height": 800})
    enter(page, served, name)
    page.wait_for_timeout(1_000)

    assert page.evaluate("document.querySelector('#App').scrollWidth") <= 400


def test_the_way_between_the_pages(page, served):
    enter(page, served)
    for name in ("Queue", "Log", "Today"):
        page.get_by_role("navigation").get_by_role("link", name=name).click()
        expect(page).to_have_url(re.compile(f"/{name.lower()}/"))
        expect(page.get_by_role("link", name=name, exact=True)).to_have_attribute("aria-current", "page")


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_the_server_ends_quickly_and_quietly_with_a_page_open(chromium, tmp_path, runtime, how):
    found(tmp_path / "company", demo=False)
    server = serve(tmp_path / "company", tmp_path)
    window = chromium.new_page()
    window.goto(server.link)
    expect(window.get_by_text("Nothing is here yet.")).to_be_visible()

    seconds = server.stop(how)
    window.close()

    assert seconds < 3
    assert server.process.returncode == 0
    assert server.errors.read_text() == ""
    assert read_address(str(company_id(server.folder)), server.folder) is None
