"""Labelled records of others, where they are given: nothing that is linked without a question is wrong."""

import os
from pathlib import Path

import pytest

from tests.identity_corpus import measure, measure_arrivals, report, tables

GIVEN = os.environ.get("WORKBENCH_IDENTITY_CORPUS", "")


@pytest.fixture
def folder(not_run):
    if not GIVEN:
        not_run("WORKBENCH_IDENTITY_CORPUS names no folder with a corpus; see tests/identity_corpus.py")
    return Path(GIVEN)


@pytest.mark.parametrize("way", [measure, measure_arrivals], ids=["in bulk", "one by one"])
def test_certain_links_are_right_and_most_are_found(folder, told, way):
    found = {table.name: way(table) for table in tables(folder)}
    told(*(f"\n{name}: {figures}" for name, figures in found.items()))

    assert found
    for figures in found.values():
        assert figures.certain_precision >= 0.99
        assert figures.united_precision >= 0.99
        assert figures.f1 >= 0.95


def test_every_set_has_its_figures(folder, told):
    told(*(f"\n{line}" for line in report(folder)))
