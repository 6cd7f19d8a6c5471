"""Many records: found by their keys, linked where it is certain, and never by a chain."""

from address_book import firm, person
from hypothesis import given
from hypothesis import strategies as st

from opc_kernel.memory.identity.blocking import MAX_BLOCK, Index
from opc_kernel.memory.identity.clusters import unite
from opc_kernel.memory.identity.linkage import link

BOOK = [
    person("anna", "Anna Schmidt", email="anna@gmx.de", phone="0171 1234567"),
    person("anna 2", "Schmidt, Anna", email="Anna+shop@gmx.de"),
    person("anna 3", "A. Schmidt", phone="+49 171 1234567", email="anna@gmx.de"),
    person("peter", "Peter Schmidt", phone="030 1234567"),
    person("eva", "Eva Groß", email="eva@acme.de", firm="Acme GmbH"),
    person("jan", "Jan Weber", email="jan@acme.de", firm="Acme GmbH"),
]


def test_a_book_is_linked_where_it_is_certain():
    assert link(BOOK, "person").clusters.groups == (("anna", "anna 2", "anna 3"),)


def test_what_was_said_to_be_never_the_same_stays_apart():
    found = link(BOOK, "person", never=[("anna 2", "anna")]).clusters

    assert not any({"anna", "anna 2"} <= set(group) for group in found.groups)
    assert found.refused


def test_a_record_without_a_name_does_not_chain_a_couple():
    couple = [
        person("anna", "Anna Schmidt", email="anna@gmx.de"),
        person("peter", "Peter Schmidt", email="peter@gmx.de"),
        person("form", email=["anna@gmx.de", "peter@gmx.de"]),
    ]
    found = link(couple, "person").clusters

    assert len(found.groups) == 1
    assert not any({"anna", "peter"} <= set(group) for group in found.groups)
    assert len(found.refused) == 1


def test_nobody_and_one_alone_are_linked_to_nothing():
    assert link([], "person").clusters.groups == ()
    assert link(BOOK[:1], "person").comparisons == ()
    assert link([firm("a", "Acme"), firm("b", "Acme")], "firm").comparisons[0].verdict == "doubtful"


def test_the_same_book_is_linked_the_same_way_in_any_order():
    assert link(BOOK[::-1], "person").clusters == link(BOOK, "person").clusters


def test_a_new_record_finds_those_that_may_be_the_same():
    known = Index()
    for record in BOOK:
        known.add(record)

    found = known.candidates(person("new", "Anna Schmitt", phone="0171 1234567"))

    assert {"anna", "anna 3"} <= {each.key for each in found}
    assert "eva" not in {each.key for each in found}


def test_a_record_that_changed_is_found_by_what_it_says_now():
    known = Index()
    known.add(person("a", "Anna Schmidt", email="anna@gmx.de"))
    known.add(person("a", "Anna Schmidt", email="anna@web.de"))

    assert known.candidates(person("b", email="anna@gmx.de")) == []
    assert [each.key for each in known.candidates(person("b", email="anna@web.de"))] == ["a"]
    known.remove("a")
    assert known.candidates(person("b", email="anna@web.de")) == []


def test_a_key_that_all_share_finds_nobody():
    known = Index()
    for number in range(MAX_BLOCK + 1):
        known.add(person(f"p{number}", email="info@acme.de"))

    assert known.candidates(person("new", email="info@acme.de")) == []


keys = st.sampled_from("abcdefgh")
pairs = st.lists(st.tuples(keys, keys).filter(lambda pair: pair[0] != pair[1]), max_size=20)


@given(certain=pairs, never=pairs)
def test_no_group_holds_two_that_are_never_the_same(certain, never):
    found = unite(certain, never)
    groups = [set(group) for group in found.groups]

    assert not any(set(pair) <= group for pair in never for group in groups)
    assert sum(len(group) for group in groups) == len(set().union(*groups))


@given(certain=pairs)
def test_without_an_objection_every_certain_link_holds(certain):
    found = unite(certain)

    assert found.refused == ()
    assert all(any({left, right} <= set(group) for group in found.groups) for left, right in certain)
