"""Long conversations of others, where some are given: recall finds the evidence better than their own paper did."""

import os
from pathlib import Path

import pytest

from tests.memory_corpus import figures
from workbench.connectors.embedding.minilm import MiniLM
from workbench.connectors.embedding.model_files import is_fetched

GIVEN = os.environ.get("WORKBENCH_MEMORY_CORPUS", "")
MODEL = Path(os.environ.get("WORKBENCH_MODEL", "/nowhere"))


@pytest.fixture
def corpus(not_run):
    if not GIVEN:
        not_run("WORKBENCH_MEMORY_CORPUS names no folder with a corpus; see tests/memory_corpus.py")
    return Path(GIVEN)


@pytest.mark.timeout(600)
def test_words_alone_find_the_evidence(corpus, tmp_path, told):
    found = figures(corpus, None, tmp_path / "company")
    told("words only, recall@5/10/25:", *found)

    assert all(ours >= goal for ours, goal in zip(found, (60, 70, 80), strict=True))


@pytest.mark.soak
def test_words_and_meaning_find_the_evidence(corpus, tmp_path, told, not_run):
    if not is_fetched(MODEL):
        not_run("WORKBENCH_MODEL names no folder with the local model; see 'workbench memory model add'")
    found = figures(corpus, MiniLM(MODEL), tmp_path / "company")
    told("with meaning, recall@5/10/25:", *found)

    assert all(ours >= goal for ours, goal in zip(found, (65, 75, 80), strict=True))
