"""Splink finds the pairs of a large address book; the verdicts are the kernel's."""

import sys

import pytest

from opc_kernel.memory.identity.linkage import link
from tests.address_book import grown, person
from workbench.connectors.linkage import MIN_RECORDS, NoLinkage, find_pairs


def test_without_the_extra_it_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "splink", None)

    with pytest.raises(NoLinkage, match="'linkage'"):
        find_pairs([person(f"p{number}", "Anna Schmidt") for number in range(MIN_RECORDS)], "person")


def test_it_finds_what_the_kernel_finds_and_its_traps_stay_questions(told):
    pytest.importorskip("splink", reason="the extra 'linkage'")
    records, truth = grown(people=1_000, seed=8)
    couple = [
        person("anna", "Anna Nordwind", email="nordwinds@gmx.de", phone="030 1234567"),
        person("peter", "Peter Nordwind", email="nordwinds@gmx.de", phone="030 1234567"),
    ]

    ours = link([*records, *couple], "person")
    peers = link([*records, *couple], "person", find=find_pairs)

    for name, found in (("ours", ours), ("by splink", peers)):
        united = {frozenset(group) for group in found.clusters.groups}
        told(f"{name}: {len(united)} groups of {len(truth)}, {len(united - truth)} wrong")
        assert len(united - truth) <= len(united) * 0.01
        assert len(united & truth) >= len(truth) * 0.95
        assert [each.verdict for each in found.comparisons if each.left.key == "anna"] == ["doubtful"]


def test_a_few_records_are_not_its_affair():
    with pytest.raises(ValueError, match=str(MIN_RECORDS)):
        find_pairs([person("anna", "Anna")], "person")
