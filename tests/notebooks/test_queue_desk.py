"""The queue in a real browser while everything moves around it: drafts, several rows, filters, hostile words."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from queue_rows import again, asked_anew, decide_elsewhere, propose, propose_all, question
from serving import serve

from workbench.founding import found

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

playwright = pytest.importorskip("playwright.sync_api")
expect = playwright.expect
expect.set_options(timeout=30_000)

LETTER = "Dear Ada,\nplease pay 100 EUR until Friday.\nYours, Mara"
WATCH = "document.dispatchEvent(new Event('visibilitychange'))"
DRAFTS = "Object.keys(sessionStorage).filter((name) => name.startsWith('workbench:draft:'))"


@pytest.fixture
def served(tmp_path, runtime):
    found(tmp_path / "desk", demo=False)
    server = serve(tmp_path / "desk", tmp_path)
    yield server
    server.stop()


@contextmanager
def company_of(served):
    """What happens beside the browser."""
    with served.company() as company:
        yield company


def enter(page, served):
    page.goto(served.link)
    page.goto(f"{served.base}/queue/")
    expect(page.locator("article.wb-row h2")).to_be_visible()


def watch(page, words: str):
    """Let the page look for news now instead of some seconds later."""
    page.evaluate(WATCH)
    expect(page.locator(".wbq-news")).to_have_text(f"{words}: show")


def shows(page, summary: str):
    expect(page.locator("article.wb-row h2")).to_have_text(summary)


def content(page):
    return page.locator("[data-field=content]")


def keys(page, *pressed: str):
    for each in pressed:
        page.keyboard.press(each)


def test_an_edit_survives_all_that_happens_around_it_and_a_reload(page, served):
    with company_of(served) as company:
        letter = propose(company, "the letter", LETTER, euros="900")
        other, last = propose_all(company, {"other": "pay 1", "last": "pay 2"}, euros="5")
    enter(page, served)

    page.keyboard.press("e")
    expect(content(page)).to_be_focused()
    content(page).fill(LETTER.replace("100", "120"))
    expect(page.locator(".wbq-compared del")).to_have_text("100")
    expect(page.locator(".wbq-compared ins")).to_have_text("120")
    content(page).press("End")

    with company_of(served) as company:
        decide_elsewhere(company, other, "reject")
        propose(company, "dear", "pay 9", euros="9000")
    watch(page, "1 new row and 1 row settled elsewhere")
    expect(page.locator(".wbq-gone")).to_contain_text("decided elsewhere in cli: reject")
    expect(content(page)).to_be_focused()  # the page moved nothing
    page.keyboard.type("!")
    page.locator(".wbq-news").click()
    expect(page.get_by_role("radio")).to_have_count(3)
    expect(page.locator(".wbq-item").first).to_contain_text("dear")
    written = LETTER.replace("100", "120") + "!"
    expect(content(page)).to_have_value(written)

    keys(page, "Escape", "j")
    shows(page, "last")
    keys(page, "a", "Enter")
    expect(page.get_by_role("status")).to_contain_text("Approve recorded: last")
    page.get_by_role("radio", name="the-letter").focus()
    page.locator(".wbq-item", has_text="the letter").click()
    shows(page, "the letter")
    expect(content(page)).to_have_value(written)

    page.reload()
    shows(page, "the letter")
    expect(content(page)).to_have_value(written)
    expect(page.get_by_text("Your draft of")).to_have_count(2)  # it is said, and it stands there
    expect(page.locator(".wbq-chosen")).to_have_count(0)  # nothing is chosen: Enter sends nothing
    content(page).press("Control+Enter")
    expect(page.get_by_role("status")).to_contain_text("Edit recorded: the letter")
    assert page.evaluate(DRAFTS) == []
    with company_of(served) as company:
        decided = again(company, letter)
        assert (decided.decision, decided.answer) == ("edit", written)
        assert again(company, last).state == "approved"


def test_a_draft_for_what_stood_here_before_is_shown_beside_and_never_sent(page, served):
    with company_of(served) as company:
        letter = propose(company, "the letter", LETTER)
    enter(page, served)
    page.keyboard.press("e")
    content(page).fill("My own words.")
    with company_of(served) as company:
        newer = asked_anew(company, letter, "the letter, newer", LETTER.replace("Friday", "Monday"))

    content(page).press("Control+Enter")
    expect(page.get_by_role("status")).to_contain_text("the content has changed since")
    expect(page.locator(".wbq-notice")).to_contain_text("This row was asked anew in another row.")
    expect(content(page)).to_have_value("My own words.")

    page.locator(".wbq-news").click()
    shows(page, "the letter, newer")
    expect(page.locator(".wb-changes del").last).to_have_text("Friday")
    expect(page.locator(".wb-changes ins").last).to_have_text("Monday")
    expect(page.locator(".wbq-older pre")).to_have_text("My own words.")
    expect(page.get_by_role("tab", name="Approve")).to_have_attribute("aria-selected", "true")
    page.reload()
    page.get_by_role("button", name="Put it into the form").click()
    expect(page.get_by_role("tab", name="Edit")).to_have_attribute("aria-selected", "true")
    expect(content(page)).to_have_value("My own words.")
    expect(page.locator(".wbq-older")).to_have_count(0)
    with company_of(served) as company:
        assert (again(company, letter).state, again(company, newer).state) == ("replaced", "open")

    page.get_by_role("button", name="Throw it away").click()
    expect(page.get_by_role("tab", name="Approve")).to_have_attribute("aria-selected", "true")
    assert page.evaluate(DRAFTS) == []


def test_several_rows_are_decided_by_keyboard_alone(page, served):
    names = {f"row {number}": f"pay {number}" for number in range(1, 7)}
    with company_of(served) as company:
        rows = propose_all(company, names, undo="none")
        question(company, "what is it", "left", "right")
    enter(page, served)
    shows(page, "row 1")

    keys(page, "x", "j", "j", "X", "j", "j", "x")  # one to three, and five
    expect(page.locator(".wbq-count")).to_have_text("4 selected")
    page.get_by_role("checkbox", name="Choose row-2").click()
    expect(page.locator(".wbq-count")).to_have_text("3 selected")
    page.locator("article.wb-row h2").click()
    with company_of(served) as company:
        decide_elsewhere(company, rows[2], "reject")
        propose(company, "dear", "pay 9", euros="9000")
    watch(page, "1 new row and 1 row settled elsewhere")
    expect(page.locator(".wbq-count")).to_have_text("3 selected")

    keys(page, "b", "Enter")
    together = page.get_by_role("region", name="Decide together")
    expect(together.get_by_role("heading")).to_have_text("Approve: 3 rows")
    expect(together.locator("li")).to_have_count(3)
    expect(together).to_contain_text("3 of them cannot be undone.")
    page.keyboard.press("Enter")
    expect(together.get_by_role("heading")).to_have_text("Approve recorded for 2 rows, 1 not taken.")
    expect(together.locator("li").first).to_contain_text("already decided: reject")
    page.keyboard.press("Escape")
    expect(page.locator("article.wb-row h2")).to_be_visible()
    with company_of(served) as company:
        states = [again(company, row).state for row in rows]
    assert states == ["approved", "open", "rejected", "open", "approved", "open"]


def test_a_filter_shows_what_it_hides_and_no_decision_gets_there(page, served):
    with company_of(served) as company:
        cheap, dear = propose_all(company, {"cheap pens": "pay", "dear desk": "pay"}, euros="700")
        small = propose(company, "small pens", "pay", euros="3")
        asked = question(company, "which pens", "blue", "red", capability="content")
    enter(page, served)
    page.get_by_role("button", name="Select these 4").click()
    page.keyboard.press("e")
    content(page).fill("half")

    page.keyboard.press("Escape")
    page.keyboard.press("/")
    page.keyboard.type("PENS")
    expect(page.locator(".wbq-foot")).to_contain_text("1 row is hidden.")
    page.get_by_label("Kind").select_option("proposal")
    page.get_by_role("spinbutton", name="Money at risk").fill("500")
    expect(page.locator(".wbq-foot")).to_contain_text("3 rows are hidden.")
    expect(page.locator(".wbq-item:visible")).to_have_count(1)
    expect(page.locator(".wbq-count")).to_have_text("1 selected (3 more not in sight, left out)")
    page.get_by_role("searchbox").fill("desk")
    shows(page, "dear desk")  # what is looked at is always in sight

    page.reload()  # the filter and the choice are still there
    expect(page.locator(".wbq-foot")).to_contain_text("3 rows are hidden.")
    expect(page.locator(".wbq-count")).to_have_text("1 selected (3 more not in sight, left out)")
    keys(page, "b", "Tab", "Enter")
    together = page.get_by_role("region", name="Decide together")
    expect(together.get_by_role("heading")).to_have_text("Reject: 1 row")
    page.locator("[data-field=note]:visible").press("Control+Enter")
    expect(together.get_by_role("heading")).to_have_text("Reject recorded for 1 row.")
    page.get_by_role("button", name="Close").click()
    expect(page.locator(".wbq-foot")).to_contain_text("No row is like that. 3 rows are hidden.")
    expect(page.locator(".wbq-side")).to_be_hidden()
    page.get_by_role("button", name="Show all").click()
    expect(page.locator(".wbq-item:visible")).to_have_count(3)
    expect(page.locator(".wbq-item", has_text="cheap pens")).to_contain_text("draft")
    with company_of(served) as company:
        assert again(company, dear).state == "rejected"
        assert [again(company, row).state for row in (cheap, small, asked)] == ["open"] * 3


# What a stranger wrote


@contextmanager
def sink():
    """A server that a stranger hopes to be asked by; yields its address and what it was asked."""
    asked = []

    class Ear(BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_):
            pass

    server = HTTPServer(("127.0.0.1", 0), Ear)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}", asked
    server.shutdown()
    server.server_close()


def hostile(url: str) -> str:
    return (
        f"<img src={url}/img> ![x]({url}/markdown) [click](javascript:fetch('{url}/link')) "
        f"<svg onload=\"fetch('{url}/svg')\"><image href='{url}/image'/></svg> "
        f"<script>fetch('{url}/script')</script></pre></del><iframe src='{url}/frame'></iframe> "
        f"<style>@import '{url}/style'; * {{ background: url({url}/css) }}</style> <a href='javascript:alert(1)'>x</a> "
        f"<link rel=stylesheet href='{url}/sheet'><video poster='{url}/poster'></video>"
    )


MADE = (
    "[...document.querySelectorAll('*')].flatMap((each) => [each, ...(each.shadowRoot?.querySelectorAll('*') || [])])"
    ".filter((each) => each.closest('.wbq') && each.matches('img, svg, script, iframe, video, link, image, "
    '[onload], [onerror], [href^="javascript:"], style:not(.wbq style)\')).map((each) => each.outerHTML)'
)


def test_nothing_of_a_strangers_words_loads_or_runs(chromium, served):
    """Without the policy of the page, which would stop them a second time."""
    with sink() as (url, asked):
        words = hostile(url)
        with company_of(served) as company:
            first = propose(company, "stranger", words, reason=words, summary=words)
            asked_anew(
                company, first, "newer", f"{words}\n{words}", reason=f"{words} now", summary=f"now {words}"
            )
            question(
                company, "which", words, f"or {words}"[:500], summary=words, reason=words, typed="a word"
            )
        context = chromium.new_context(bypass_csp=True)
        page = context.new_page()
        page.set_default_timeout(30_000)
        page.goto(served.link)
        page.goto(f"{served.base}/queue/")
        expect(page.locator("article.wb-row h2")).to_contain_text("now <img src=")
        expect(page.locator(".wb-changes ins").first).to_be_visible()
        page.keyboard.press("e")
        content(page).fill(f"{words} and mine")
        expect(page.locator(".wbq-compared ins").first).to_be_visible()
        page.get_by_role("button", name="Select these 2").click()
        page.get_by_role("button", name="Defer").first.click()
        expect(page.get_by_role("region", name="Decide together").locator("li")).to_have_count(2)
        page.keyboard.press("Escape")
        keys(page, "j", "?")
        expect(page.get_by_role("radiogroup", name="Answers")).to_contain_text("<script>")
        made = page.evaluate(MADE)
        context.close()
    assert (made, asked) == ([], [])


# Its look

CONTRAST = (Path(__file__).parent / "contrast.js").read_text()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_can_be_read_in_light_and_dark_and_on_a_phone(chromium, served, scheme):
    with company_of(served) as company:
        letter = propose(company, "the letter", LETTER, euros="900")
        asked_anew(company, letter, "newer", LETTER.replace("Friday", "Monday"), euros="950", undo="none")
        other = propose(company, "other", "x" * 300, euros="5")
    context = chromium.new_context(color_scheme=scheme, viewport={"width": 360, "height": 800})
    page = context.new_page()
    page.set_default_timeout(30_000)
    enter(page, served)
    expect(page.locator(".wbq")).to_have_attribute("data-theme", scheme)
    page.keyboard.press("?")
    page.keyboard.press("e")
    content(page).fill(LETTER.replace("100", "120"))
    page.get_by_role("button", name="Select these 2").click()
    with company_of(served) as company:
        decide_elsewhere(company, other, "reject")
        propose(company, "dear", "pay 9", euros="9000")
    watch(page, "1 new row and 1 row settled elsewhere")
    content(page).press("Escape")
    page.keyboard.press("a")

    assert page.evaluate(CONTRAST) == []
    assert page.evaluate("document.querySelector('#App').scrollWidth") <= 360
    boxes = [page.locator(name).bounding_box() for name in (".wbq-list", ".wbq-side")]
    assert boxes[0]["y"] + boxes[0]["height"] <= boxes[1]["y"]
    context.close()
