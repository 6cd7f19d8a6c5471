"""The page of memory where something is missing: each part says what is so, and none says that nothing is known."""

import re

import pytest
from shop import SETTINGS

from workbench import view_memory as memory
from workbench.connection import ServerGone
from workbench.widgets.memory_widget import MemoryWidget


class Gone:
    """A company whose server ended, and whose next one did not come up."""

    def __init__(self, company):
        self.settings, self.folder, self.today = company.settings, company.folder, company.today

    def query(self, *_, **__):
        raise ServerGone("connection refused")

    recall = query


@pytest.fixture
def shop(found):
    return found(SETTINGS)


def told(markup):
    return re.sub(r"<[^>]+>", " ", markup.text)


@pytest.mark.parametrize("words", ["", "lamp"])
def test_a_search_says_that_the_server_is_gone_and_not_that_nothing_is_known(shop, words):
    found = memory.search(Gone(shop.company), words, "")

    assert found["problem"].startswith("The company's server does not answer: connection refused.")


def test_the_widget_goes_on_when_the_server_went_and_came_back(shop):
    widget = MemoryWidget(shop.company)
    held, widget._company = widget._company, Gone(shop.company)
    widget._asked(None, {"do": "search", "query": "lamp", "kind": "", "asked": 1}, None)
    assert (widget.found["asked"], "does not answer" in widget.found["problem"]) == (1, True)

    widget._company = held
    widget._asked(None, {"do": "search", "query": "lamp", "kind": "", "asked": 2}, None)

    assert (widget.found["asked"], widget.found["problem"]) == (2, "")


def test_without_an_index_yet_the_sizes_say_when_it_is_made(shop):
    text = told(memory.tiers(shop.company))

    assert re.search(r"Index files\s+none yet\s+made at the first search", text)
    assert re.search(r"Working memory\s+at most 4,000 tokens", text)
    assert "Nothing was forgotten on request." in told(memory.forgotten(shop.company))
