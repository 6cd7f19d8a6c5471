"""Every row of the demo is decided by keyboard alone, as the answers say that were set down before."""

from __future__ import annotations

import time
from contextlib import closing

import pytest
from books_demo import DEMO, demo
from books_operator import OTHER, Operator, agrees, settled
from serving import serve

from opc_kernel.approvals.queue import QueueRow
from workbench.company import own_company
from workbench.founding import found
from workbench.ingest import Ingestion

pytestmark = pytest.mark.browser

playwright = pytest.importorskip("playwright.sync_api")
expect = playwright.expect
expect.set_options(timeout=30_000)

SHOWN, TRUTH = demo()
DIGITS = 9
CATEGORY = "category/"


@pytest.fixture
def served(tmp_path, runtime):
    found(tmp_path / "acme", demo=True)
    with own_company(tmp_path / "acme") as company:
        taker = Ingestion(company, company.folder, company.settings, actor="test")
        for path in sorted(each for each in (DEMO / "inputs").rglob("*") if each.is_file()):
            taker.ingest(path)
        company.work()
    server = serve(tmp_path / "acme", tmp_path)
    yield server
    server.stop()


@pytest.mark.timeout(600)
def test_every_row_of_the_demo_is_decided_by_keyboard(page, served, told):
    page.goto(served.link)
    page.goto(f"{served.base}/queue/")
    with closing(served.company()) as company:
        operator = Operator(SHOWN, TRUTH, served.folder, company=company)
        begun, decided = time.monotonic(), 0
        while waiting := company.queue():
            row = next(each for each in waiting if each.key == looked_at(page))
            ((word, said),) = operator.answers_to([row])
            decide(page, row, word, said)
            expect(page.get_by_role("status")).to_contain_text(row.summary)
            decided += 1
        seconds = time.monotonic() - begun

        wrong = [
            key
            for key, each in settled(company, SHOWN).items()
            if not agrees(each.explanation, TRUTH.explained[key])
        ]
    told(f"{decided} rows in {seconds:.0f} s, the browser's own pace")
    assert wrong == []


def looked_at(page) -> str:
    rows = page.get_by_role("radiogroup", name="Rows")
    return rows.get_by_role("radio", checked=True).get_attribute("value")


def decide(page, row: QueueRow, word: str, said: str) -> None:
    expect(page.locator("article.wb-row h2").first).to_have_text(row.summary)
    if word == "answer":
        answer(page, row, said)
    else:
        page.keyboard.press({"approve": "a", "reject": "r"}[word])
        page.keyboard.press("Enter")


def answer(page, row: QueueRow, said: str) -> None:
    """One of the first nine by its digit; a category further down is typed."""
    place = [option.id for option in row.options].index(said)
    if place < DIGITS:
        page.keyboard.press(str(place + 1))
        page.keyboard.press("Enter")
    else:
        page.keyboard.press("w")
        page.keyboard.type("other" if row.options[place].label == OTHER else said.removeprefix(CATEGORY))
        page.keyboard.press("Control+Enter")
