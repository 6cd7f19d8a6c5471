"""Ids: new ones sort by time, derived ones are always the same."""

from hypothesis import given
from hypothesis import strategies as st

from opc_kernel import ids
from opc_kernel.ids import derived_id, new_id

parts = st.lists(st.text(), max_size=4)


def test_new_ids_differ_and_sort_by_time(monkeypatch):
    early = new_id()
    monkeypatch.setattr(ids.time, "time_ns", lambda: 2_000_000_000 * 10**9)
    late = {new_id() for _ in range(1000)}
    assert len(late) == 1000
    assert all(early < each and len(each) == 26 for each in late)


@given(parts, parts)
def test_derived_ids_are_the_same_for_the_same_parts_only(one, other):
    assert (derived_id(*one) == derived_id(*other)) == (one == other)
    assert len(derived_id(*one)) == 26


def test_a_part_cannot_pose_as_two():
    assert derived_id("a", "b") != derived_id("a\x1fb")
    assert derived_id("a", "b") != derived_id('a", "b')
