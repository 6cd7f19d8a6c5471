"""A notebook full of a stranger's words in a real Chromium: the cleaning holds alone, and so does the frame."""

from __future__ import annotations

import json

import pytest
from strangers import CALL, DRAWINGS, HTML, WORDS, sink

from workbench.jobs.report_html import POLICY, report_html, report_parts
from workbench.view_page import element

pytestmark = pytest.mark.browser


@pytest.fixture
def strangers():
    with sink() as found:
        yield found


@pytest.fixture
def window(chromium, strangers):
    """A window with a page of the sink's own origin, and every dialog that opens in it."""
    context = chromium.new_context()
    page = context.new_page()
    page.dialogs = []
    page.on("dialog", lambda dialog: (page.dialogs.append(dialog.message), dialog.dismiss()))
    page.on("popup", lambda popup: page.dialogs.append(popup.url))
    yield page
    context.close()


def settle(page, strangers):
    """Let the page do whatever it would: two frames drawn, and a request of our own made after all of it answered."""
    page.evaluate("() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
    page.evaluate("url => fetch(url, {mode: 'no-cors'}).then(() => null)", f"{strangers.url}/marker")
    assert strangers.asked.pop() == "/marker"


def framed(html):
    return element("iframe", sandbox="", srcdoc=html, width="900", height="700").text


def hostile_cells(strangers):
    words = [{"cell_type": "markdown", "metadata": {}, "source": text} for text in strangers.of(WORDS)]
    code = {
        "cell_type": "code",
        "metadata": {},
        "source": HTML[0],
        "execution_count": 1,
        "outputs": strangers.outputs(),
    }
    error = {"output_type": "error", "ename": HTML[3], "evalue": HTML[0], "traceback": [HTML[1]]}
    said = {"output_type": "stream", "name": "stdout", "text": [*HTML]}
    return [*words, code, {**code, "outputs": [said, error]}]


def test_this_browser_would_run_and_load_it(window, strangers):
    """What the other tests say nothing of would otherwise prove nothing."""
    window.set_content("".join(strangers.of(HTML)))
    settle(window, strangers)

    assert window.dialogs
    assert len(strangers.asked) > 8


def test_cleaned_it_does_nothing_even_without_a_frame(window, strangers):
    parts = report_parts(hostile_cells(strangers))
    window.set_content("".join(part.text for part in parts))
    settle(window, strangers)

    assert (window.dialogs, strangers.asked) == ([], [])
    assert window.locator("a, script, iframe, form, svg, style, link, meta, base, object, video").count() == 0
    assert (
        window.evaluate(
            "[...document.querySelectorAll('*')].some(e => [...e.attributes].some(a => a.name.startsWith('on')))"
        )
        is False
    )
    assert "paragraph" in window.inner_text("body")


def test_the_frame_holds_even_if_nothing_were_cleaned(window, strangers):
    head = f'<meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="{POLICY}">'
    raw = f"<!doctype html><html><head>{head}</head><body>{''.join(strangers.of((*HTML, *DRAWINGS)))}</body></html>"
    window.set_content(framed(raw))
    settle(window, strangers)

    assert (window.dialogs, strangers.asked) == ([], [])


def test_the_whole_page_in_its_frame_shows_words_and_leads_nowhere(window, strangers, tmp_path):
    notebook = {"cells": hostile_cells(strangers), "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    (tmp_path / "x.ipynb").write_text(json.dumps(notebook))
    told = []
    window.on("console", lambda line: told.append(line.text))
    window.set_content(framed(report_html(tmp_path, "x.ipynb")))
    settle(window, strangers)
    frame = window.frames[1]

    for words in ("a link that runs", "a link that leaves", "paragraph"):
        frame.get_by_text(words).first.click()
    settle(window, strangers)

    assert (window.dialogs, strangers.asked, told) == ([], [], [])
    assert len(window.frames) == 2
    assert frame.url == "about:srcdoc"
    assert CALL.partition("(")[0] in frame.locator("body").inner_text()
