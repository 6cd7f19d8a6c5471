"""JupyterLab as the operator meets it: a real Chromium, the lab that `workbench lab` opens, its ready notebooks."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from lab_serving import Lab, open_lab
from queue_rows import again, propose, propose_all

from workbench.company import open_company
from workbench.founding import found

pytestmark = [pytest.mark.browser, pytest.mark.timeout(400)]

playwright = pytest.importorskip("playwright.sync_api")
expect = playwright.expect
expect.set_options(timeout=60_000)

LETTER = "Dear Ada,\nplease pay 100 EUR until Friday.\nYours, Mara"
INK = """(canvas) => {
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  return new Set(new Uint32Array(data.buffer)).size;
}"""
MIN_COLOURS = 5


@pytest.fixture
def lab(tmp_path, runtime) -> Iterator[Lab]:
    """A lab of a new company."""
    found(tmp_path / "firm", demo=False)
    opened = open_lab(tmp_path / "firm", tmp_path)
    yield opened
    opened.stop()


@pytest.fixture
def busy_lab(demo, tmp_path, runtime, monkeypatch) -> Iterator[Lab]:
    """A lab of the demo company."""
    shutil.copytree(demo, tmp_path / "firm")
    opened = open_lab(tmp_path / "firm", tmp_path)
    yield opened
    opened.stop()


def open_notebook(page, lab: Lab, name: str):
    """Open a ready notebook by the printed link, and run all of it."""
    page.goto(lab.link.replace("/lab?", f"/lab/tree/{name}.ipynb?"))
    expect(page.get_by_text("Python 3 (ipykernel) | Idle")).to_be_visible()
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_role("menuitem", name="Run All Cells", exact=True).click()


def keys(page, *pressed: str):
    for each in pressed:
        page.keyboard.press(each)


def shows(page, summary: str):
    expect(page.locator("article.wb-row h2")).to_have_text(summary)


def cells(page) -> list[tuple[str, str]]:
    """The cells of the notebook: how often each was run, and what it says."""
    return page.locator(".jp-Cell").evaluate_all(
        "cells => cells.map(cell => [cell.querySelector('.jp-InputPrompt')?.innerText, "
        "cell.querySelector('.jp-Editor')?.innerText ?? cell.innerText])"
    )


def picture(page, folder: Path, name: str):
    page.screenshot(path=folder / f"{name}.png")


def test_the_queue_is_decided_by_keyboard_and_jupyterlab_stays_out_of_it(page, lab, tmp_path):
    with open_company(lab.folder) as company:
        letter = propose(company, "the letter", LETTER, euros="900")
        rows = propose_all(company, {f"row {at}": f"pay {at}" for at in range(1, 6)}, euros="5")
    open_notebook(page, lab, "queue")
    shows(page, "the letter")
    expect(page.locator(".jp-Notebook")).not_to_contain_text("Traceback")
    expect(page.locator(".jp-InputPrompt", has_text="[2]:")).to_be_visible()
    keys(page, "Control+s")
    before = cells(page)
    page.locator("article.wb-row h2").click()
    picture(page, tmp_path, "light")

    keys(page, "j")  # a, b, x, d d, m and Ctrl+Enter change cells elsewhere in JupyterLab
    shows(page, "row 1")
    keys(page, "a", "Enter")
    expect(page.get_by_role("status")).to_contain_text("Approve recorded: row 1")
    shows(page, "row 2")
    keys(page, "d", "d", "Escape", "x", "j", "x")
    expect(page.locator(".wbq-count")).to_have_text("2 selected")
    expect(page.get_by_role("heading", name="2 rows chosen; the bar of the list decides")).to_be_visible()
    keys(page, "b", "Enter", "Enter")
    expect(page.get_by_role("region", name="Decide together").get_by_role("heading")).to_have_text(
        "Approve recorded for 2 rows."
    )
    keys(page, "Escape", "k", "k", "k", "k")
    shows(page, "the letter")
    keys(page, "e")
    text = page.locator("[data-field=content]")
    expect(text).to_be_focused()
    text.fill(LETTER.replace("100", "120"))
    assert cells(page) == before

    page.reload()
    shows(page, "the letter")
    expect(page.locator("[data-field=content]")).to_have_value(LETTER.replace("100", "120"))
    page.locator("[data-field=content]").press("Control+Enter")
    expect(page.get_by_role("status")).to_contain_text("Edit recorded: the letter")
    assert cells(page) == before
    with open_company(lab.folder) as company:
        assert [again(company, row).state for row in rows] == ["approved"] * 3 + ["open"] * 2
        assert (again(company, letter).decision, again(company, letter).answer) == (
            "edit",
            LETTER.replace("100", "120"),
        )


def test_filters_a_story_and_rows_chosen_together(page, busy_lab, tmp_path):
    open_notebook(page, busy_lab, "queue")
    expect(page.locator("article.wb-row h2")).to_be_visible()
    page.get_by_label("Risk", exact=True).select_option("high")
    expect(page.get_by_text("rows hidden by these")).to_be_visible()
    page.get_by_role("button", name="Choose rows like this one").click()
    expect(page.locator(".wbd .wb-total")).to_contain_text("EUR")
    page.locator(".jupyter-widget-Collapse-header").first.click()
    told = page.locator(".widget-accordion li details").first
    told.locator("summary").click()
    expect(told.locator("pre")).to_be_visible()
    told.scroll_into_view_if_needed()
    picture(page, tmp_path, "story")
    page.emulate_media(color_scheme="dark")
    expect(page.locator("body[data-jp-theme-light=false]")).to_be_attached()
    picture(page, tmp_path, "dark")
    keys(page, "Escape", "Control+b")  # the files step aside
    page.set_viewport_size({"width": 480, "height": 900})
    page.locator("article.wb-row h2").scroll_into_view_if_needed()
    picture(page, tmp_path, "narrow")


def test_sql_draws_its_chart_without_a_network(page, busy_lab, tmp_path):
    open_notebook(page, busy_lab, "sql")
    chart = page.locator(".jp-RenderedVegaCommon5 canvas")
    expect(chart).to_be_visible()
    expect(page.locator(".jp-InputPrompt", has_text="[9]:")).to_be_visible()
    assert chart.evaluate(INK) > MIN_COLOURS
    chart.scroll_into_view_if_needed()
    picture(page, tmp_path, "chart")
    page.locator(".jp-Cell").last.locator(".cm-content").click()
    keys(page, "Control+a")
    page.keyboard.type("%%opc\nSELECT * FROM bank_tr")
    keys(page, "Tab")
    expect(page.locator(".jp-Completer")).to_contain_text("bank_transaction")
    keys(page, "Enter")
    expect(page.locator(".jp-Cell").last.locator(".cm-content")).to_contain_text("FROM bank_transaction")
