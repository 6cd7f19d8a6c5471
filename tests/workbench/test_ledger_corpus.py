"""A ledger importer's own cases, where given: a line of a bank goes to the entry stated for it, and to no other."""

import os
from pathlib import Path

import pytest

from tests.ledger_corpus import as_today, by_rank, cases, differing

GIVEN = os.environ.get("WORKBENCH_LEDGER_CORPUS", "")


@pytest.fixture
def stated(not_run):
    if not GIVEN:
        not_run("WORKBENCH_LEDGER_CORPUS names no folder with a corpus; see tests/ledger_corpus.py")
    return cases(Path(GIVEN))


@pytest.mark.parametrize("kind", ["one for one", "transfer", "none"])
def test_what_the_product_knows_is_proposed_as_stated(stated, told, kind):
    of_kind = [case for case in stated if case.kind == kind]
    wrong = differing(of_kind, as_today)
    told(f"{len(of_kind) - len(wrong)} of {len(of_kind)} as stated")

    assert of_kind
    assert [(case.name, keys) for case, keys in wrong] == []


def test_no_line_is_given_to_an_entry_of_another(stated):
    """Of several charges for one order none fits alone: no proposal is right today, a wrong one would not be."""
    wrong = [(case.name, keys) for case, keys in differing(stated, by_rank) if keys - case.stated]

    assert wrong == []


def test_a_matcher_that_proposes_everything_would_be_seen(stated):
    def everything(_line, books):
        return [entry.key for entry in books]

    assert len(differing(stated, everything)) == len([case for case in stated if case.books])
