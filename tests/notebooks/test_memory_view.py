"""The page 'memory' as the operator sees it: found as one types, each line with its events, every change undone."""

from __future__ import annotations

import json
import re
import signal
from urllib.parse import quote

import pytest
from remembered import ATTACK, enliven
from serving import serve

from workbench.company import own_company
from workbench.founding import found
from workbench.ingest import Ingestion

pytestmark = pytest.mark.browser

playwright = pytest.importorskip("playwright.sync_api")
expect = playwright.expect
expect.set_options(timeout=30_000)


@pytest.fixture(scope="module")
def known():
    """The streams of those who are known, by a short name each."""
    return {}


@pytest.fixture(scope="module")
def demo(tmp_path_factory, runtime, known):
    """A company with invoices and a year of mails, notes, promises, merges and a stranger's words."""
    folder = tmp_path_factory.mktemp("companies") / "alive"
    found(folder, demo=True)
    with own_company(folder) as company:
        taker = Ingestion(company, company.folder, company.settings, actor="test")
        taker.ingest(folder / "inputs" / "invoices.csv")
        company.remember()
        known.update(enliven(company, company.today))
        company.work()
    return folder


def enter(page, served, **query):
    page.goto(served.link)
    page.goto(f"{served.base}/memory/" + "".join(f"?{key}={quote(value)}" for key, value in query.items()))
    expect(page.locator(".wbm-option").first).to_be_visible()


def look_for(page, words):
    page.get_by_role("combobox", name="Search memory").fill(words)


def has_root(served, stream):
    with served.company() as company:
        return company.query("SELECT root FROM entity_now WHERE stream = $stream", stream=stream).rows[0][0]


def test_what_was_said_is_found_while_one_types(page, served):
    enter(page, served)

    look_for(page, "damaged folder")

    first = page.locator(".wbm-option", has_text="Call with Jana")
    expect(first.locator("mark")).to_have_text(["damaged", "folders"])
    expect(first).to_contain_text("words: damaged, folder")
    expect(first).to_contain_text("position ")
    expect(page.locator(".wbm [role=status]")).to_contain_text("found in what was said and written")


def test_somebody_is_found_and_opened_by_keyboard(page, served, known):
    enter(page, served)

    page.keyboard.press("/")
    page.keyboard.type("sandtor")
    expect(page.locator(".wbm-option")).to_have_count(2)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")

    expect(page.locator(".wb-who > h2")).to_have_text("Druckerei Sandtor GmbH")
    assert quote(known["sandtor"], safe="") in page.url


def test_a_profile_says_everything_with_the_event_behind_each_line(page, served, known):
    enter(page, served, entity=known["sandtor"])

    for title in (
        "Who they are",
        "What was promised",
        "What is open",
        "Last contacts",
        "Money",
        "Next dates",
        "Over time",
        "Who stands near",
        "Every fact, and where it comes from",
    ):
        expect(page.get_by_role("heading", name=title)).to_be_visible()
    promise = page.locator(".wb-part-promised li").first
    promise.locator("summary").first.click()
    expect(promise.locator(".wb-story")).to_contain_text("position ")
    expect(page.locator(".wb-over", has_text="Am Sandtorkai 4")).to_contain_text("replaced")
    expect(page.locator(".wb-over", has_text="Has moved to Bremen")).to_contain_text("taken back")
    expect(page.locator(".wb-near .wb-wide .wb-name")).to_contain_text(["Jana Petersen"])


def test_a_neighbour_leads_to_their_own_page(page, served, known):
    enter(page, served, entity=known["sandtor"])

    page.locator(".wb-near .wb-wide a", has_text="Jana Petersen").click()

    expect(page.locator(".wb-who > h2")).to_have_text("Jana Petersen")


def test_the_past_is_shown_as_it_was_known(page, served, known):
    enter(page, served, entity=known["sandtor"])
    expect(page.locator(".wb-who > h2")).to_be_visible()

    page.get_by_role("spinbutton", name=re.compile("year")).press("ArrowDown")

    expect(page.get_by_text(re.compile(r"They were not known on .+ \d{4}\."))).to_be_visible()


def test_a_strangers_words_stay_words(page, served, known):
    enter(page, served, entity=known["stranger"])

    expect(page.locator(".wb-who > h2")).to_contain_text(ATTACK)
    look_for(page, "please open")
    shown = page.locator(".wbm-option", has_text="⟨U+202E⟩").first
    expect(shown).to_be_visible()
    made = page.locator("img[src='x'], a[href*='evil'], strong:has-text('bold'), script:has-text('alert(')")
    assert made.evaluate_all("all => all.map(each => each.outerHTML)") == []
    assert page.locator("svg[onload]").count() == 0


def test_two_that_may_be_one_are_merged_and_taken_apart_again(page, served, known):
    enter(page, served)
    page.locator(".wbq-item", has_text="Anna Kern-Vogt").click()
    expect(page.locator(".wb-beside")).to_contain_text("anna.kern@vogt.example")
    expect(page.locator(".wb-beside")).to_contain_text("anna.kern@kern.example")

    page.get_by_role("button", name="Approve", exact=True).click()
    merged = page.locator(".wbm-changes li", has_text="Anna Kern-Vogt is Anna Kern")
    expect(merged).to_be_visible()
    assert has_root(served, known["vogt"]) == known["anna"]

    merged.get_by_role("button", name="Take back").click()
    merged.get_by_label("Reason").fill("mother and daughter")
    merged.get_by_role("button", name="Take back").click()

    expect(page.get_by_text("They are two again")).to_be_visible()
    assert has_root(served, known["vogt"]) == known["vogt"]


def test_what_faded_is_brought_back(page, served, known):
    enter(page, served)
    faded = page.locator(".wbm-changes li", has_text="Season's greetings")
    expect(faded).to_contain_text("nobody used it for 300 days")

    faded.get_by_role("button", name="Bring back").click()
    faded.get_by_role("button", name="Bring back").click()

    expect(page.get_by_text("It is recalled again.")).to_be_visible()
    with served.company() as company:
        sql = "SELECT state FROM memory_item WHERE title = 'Season''s greetings'"
        assert company.query(sql).rows == [("kept",)]


def test_everything_known_of_one_is_saved_as_a_page_and_as_json(page, served, known):
    enter(page, served, entity=known["stranger"])

    with page.expect_download() as saved:
        page.get_by_text("Export as JSON").click()
    record = json.loads(saved.value.path().read_text())
    assert record["entity"] == known["stranger"]

    with page.expect_download() as saved:
        page.get_by_text("Export as a page").click()
    html = saved.value.path().read_text()
    assert "<script" not in html
    assert "&lt;script&gt;alert(2)&lt;/script&gt;" in html


def test_nothing_of_a_profile_is_wider_than_a_phone_in_the_dark(page, served, known):
    page.emulate_media(color_scheme="dark")
    page.set_viewport_size({"width": 400, "height": 800})
    enter(page, served, entity=known["sandtor"])
    expect(page.locator(".wb-near .wb-narrow")).to_be_visible()

    assert page.evaluate("document.querySelector('#App').scrollWidth") <= 400
    assert not page.locator(".wb-near .wb-wide").is_visible()


def test_a_search_that_nobody_answers_says_so(chromium, tmp_path, runtime):
    folder = tmp_path / "company"
    found(folder, demo=False)
    with own_company(folder) as company:
        enliven(company, company.today)
    server = serve(folder, tmp_path)
    window = chromium.new_page()
    enter(window, server)
    server.stop(signal.SIGKILL)

    look_for(window, "damaged folder")

    status = window.locator(".wbm [role=status]")
    expect(status).to_have_text(re.compile("No answer yet: is 'workbench up' still running"))
    expect(status).to_have_class(re.compile("wbm-bad"))
    window.close()
