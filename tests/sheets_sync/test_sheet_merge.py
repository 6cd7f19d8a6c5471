"""The rules of the merge, one by one, without any workbook."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from sheet_examples import SCHEMA, proposal, question

from sheets_sync.merge import MAX_SHOWINGS, REPLACED, merge, remember
from sheets_sync.row import Odd, Row, SheetRow, as_shown, sheet_row
from sheets_sync.schema import Column, Schema

NAME = ("proposal/1", "h1")


def seen(row: Row, status: str = "open", **entered) -> SheetRow:
    """The row as it stands in the sheet, with something entered beside it."""
    shown = as_shown(SCHEMA, row)
    key, mark = row.name
    values = {**shown.cells, "key": key, "hash": mark, **entered}
    return sheet_row(SCHEMA, values, tab="", status=status)


def decide(ours, *theirs, base=()):
    return merge(SCHEMA, base, ours, theirs)


def taken(result):
    return [(decision.key, decision.word) for decision in result.decisions]


def test_an_open_item_is_appended_once():
    assert decide([proposal(1)]).append == (as_shown(SCHEMA, proposal(1)),)
    assert decide([proposal(1)], seen(proposal(1))).append == ()


def test_a_settled_item_is_not_appended():
    assert decide([proposal(1, open=False)]).append == ()


def test_a_decision_beside_its_item_is_taken_with_all_that_was_entered():
    result = decide([proposal(1)], seen(proposal(1), decision=" APPROVE ", note="  go on ", choice=""))

    (decision,) = result.decisions
    assert decision.values == {"decision": "approve", "note": "go on", "choice": None}
    assert (decision.key, decision.hash) == ("proposal/1", "h1")
    assert not result.conflicts
    assert not result.statuses


def test_a_note_is_taken_to_the_letter():
    note = "C:\\x41 costs _x0041_\nsecond line"

    assert (
        decide([proposal(1)], seen(proposal(1), decision="ask", note=note)).decisions[0].values["note"]
        == note
    )


def test_the_same_entry_has_the_same_id_whatever_the_case():
    one = decide([proposal(1)], seen(proposal(1), decision="approve"))
    other = decide([proposal(1)], seen(proposal(1), decision="Approve "))

    assert one.decisions[0].id == other.decisions[0].id


def test_an_entry_already_taken_is_nothing_new():
    (decision,) = decide([proposal(1)], seen(proposal(1), decision="defer")).decisions
    deferred = proposal(1, taken=frozenset({decision.id}), status="open (defer)")

    result = decide([deferred], seen(proposal(1), decision="defer"))

    assert not result.decisions
    assert not result.conflicts
    assert result.statuses == {NAME: "open (defer)"}


@pytest.mark.parametrize(
    ("entry", "reason"),
    [
        ("aprove", "“aprove” is not one of: approve, edit, reject, defer, ask"),
        (Odd("a formula"), "decision holds a formula"),
        (Odd("an error value"), "decision holds an error value"),
        (Odd("a true/false value"), "decision holds a true/false value"),
        (Odd("a link"), "decision holds a link"),
        (Decimal(1), "“1” is not one of"),
        (date(2026, 5, 1), "“2026-05-01” is not one of"),
    ],
)
def test_an_unclear_entry_is_a_conflict_and_says_why(entry, reason):
    result = decide([proposal(1)], seen(proposal(1), decision=entry))

    assert not result.decisions
    assert reason in result.conflicts[0].message
    assert result.statuses[NAME].startswith("Not counted: ")


def test_a_formula_in_the_note_makes_the_whole_entry_unclear():
    assert not decide([proposal(1)], seen(proposal(1), decision="approve", note=Odd("a formula"))).decisions


DATED = Schema(SCHEMA.sheet, (*SCHEMA.columns, Column("on", "On", owner="human", kind="date")))


@pytest.mark.parametrize(
    ("entered", "day", "problem"),
    [
        (date(2026, 12, 24), date(2026, 12, 24), ""),
        (" 2026-12-24 ", date(2026, 12, 24), ""),
        ("24.12.2026", None, "On is not a date, type it like 2026-12-31"),
        (Decimal(5), None, "On is not a date, type it like 2026-12-31"),
        ("2026-02-30", None, "On names no day: 2026-02-30"),
    ],
)
def test_a_day_may_stand_there_as_text_in_the_one_spelling_that_is_clear(entered, day, problem):
    entry = replace(seen(proposal(1)), entered={"decision": "defer", "on": entered})

    result = merge(DATED, (), [proposal(1)], [entry])

    assert [decision.values["on"] for decision in result.decisions] == ([day] if day else [])
    assert [conflict.message for conflict in result.conflicts] == ([problem] if problem else [])


def test_a_conflict_is_told_once():
    first = decide([proposal(1)], seen(proposal(1), decision="aprove"))
    again = decide([proposal(1)], seen(proposal(1), decision="aprove", status=first.statuses[NAME]))

    assert not again.conflicts
    assert not again.statuses


def test_a_corrected_entry_gets_its_status_back():
    result = decide([proposal(1)], seen(proposal(1), status="Not counted: …"))

    assert result.statuses == {NAME: "open"}


def test_an_answer_is_one_of_the_options():
    ours = [question(1, "Business", "Private")]

    assert (
        decide(ours, seen(ours[0], decision="answer", choice="private")).decisions[0].values["choice"]
        == "Private"
    )
    assert (
        "not one of: Business"
        in decide(ours, seen(ours[0], decision="answer", choice="x")).conflicts[0].message
    )
    assert "needs an entry" in decide(ours, seen(ours[0], decision="answer")).conflicts[0].message


def test_a_number_among_the_options_may_be_typed_as_a_number():
    ours = [question(1, "2025", "2026")]

    assert decide(ours, seen(ours[0], decision="answer", choice=Decimal(2026))).decisions


def test_a_question_without_options_takes_any_value_but_not_none():
    ours = [question(1)]

    assert (
        decide(ours, seen(ours[0], decision="answer", choice="blue")).decisions[0].values["choice"] == "blue"
    )
    assert not decide(ours, seen(ours[0], decision="answer")).decisions


def test_content_beside_a_foreign_key_is_never_decided_and_the_item_is_asked_again():
    one, two = proposal(1), proposal(2)
    swapped = [replace(seen(one, decision="approve"), fingerprint=seen(two).fingerprint), seen(two)]

    result = decide([one, two], *swapped)

    assert not result.decisions
    assert "sorted apart" in result.conflicts[0].message
    assert [row.key for row in result.append] == ["proposal/1"]


def test_a_torn_row_and_the_one_that_takes_its_place_have_statuses_of_their_own():
    torn = replace(seen(proposal(1)), fingerprint="")
    (again,) = decide([proposal(1)], torn).append

    assert again.name == ("proposal/1", "h1~2")
    result = decide([proposal(1)], torn, seen(again, decision="approve"))
    assert [(decision.key, decision.hash) for decision in result.decisions] == [NAME]
    assert result.statuses.keys() == {NAME}
    assert "sorted apart" in result.statuses[NAME]


def test_a_row_that_never_stays_whole_is_not_written_for_ever():
    torn = [
        replace(seen(replace(proposal(1), showing=number)), fingerprint="")
        for number in range(1, MAX_SHOWINGS + 1)
    ]

    assert len(decide([proposal(1)], *torn[:-1]).append) == 1
    result = decide([proposal(1)], *torn)
    assert not result.append
    assert "decide it elsewhere" in result.conflicts[-1].message


def test_a_torn_copy_is_told_only_when_something_is_entered_in_it():
    torn = replace(seen(proposal(1)), fingerprint="")

    assert decide([proposal(1)], seen(proposal(1)), torn) == decide([proposal(1)], seen(proposal(1)))
    entered = replace(torn, entered={"decision": "approve"})
    assert decide([proposal(1)], seen(proposal(1)), entered).statuses.keys() == {NAME}


def test_what_was_written_counts_and_not_how_it_would_be_written_today():
    old, new = proposal(1), proposal(1, "Worded better")
    base = remember(SCHEMA, [], [old], [seen(old)])

    assert taken(decide([new], seen(old, decision="approve"), base=base)) == [("proposal/1", "approve")]


def test_changed_content_is_a_new_row_and_the_old_one_says_so():
    result = decide([proposal(1, hash="h9")], seen(proposal(1)))

    assert result.statuses == {NAME: REPLACED}
    assert [row.hash for row in result.append] == ["h9"]
    assert not result.conflicts


def test_a_decision_on_replaced_content_is_a_conflict():
    result = decide([proposal(1, hash="h9")], seen(proposal(1), decision="approve"))

    assert not result.decisions
    assert "content has changed" in result.conflicts[0].message


def test_a_decision_on_a_settled_item_comes_too_late():
    result = decide([proposal(1, open=False, status="approved")], seen(proposal(1), decision="reject"))

    assert not result.decisions
    assert "settled already" in result.conflicts[0].message


def test_a_settled_item_gets_its_status_and_nothing_else():
    result = decide([proposal(1, open=False, status="approved")], seen(proposal(1)))

    assert result.statuses == {NAME: "approved"}


def test_an_item_that_left_the_queue_keeps_its_row_and_takes_no_new_decision():
    (decision,) = decide([proposal(1)], seen(proposal(1), decision="approve")).decisions
    settled = proposal(1, open=False, status="approved", taken=frozenset({decision.id}))
    base = remember(SCHEMA, [], [settled], [seen(settled, decision="approve")])

    assert decide([], seen(settled, decision="approve"), base=base) == decide([])
    assert "left the queue" in decide([], seen(settled, decision="reject"), base=base).conflicts[0].message


def test_rows_of_the_operators_own_are_left_alone():
    assert decide([], SheetRow(key="", mark="", status="mine", entered={"decision": "approve"})) == decide([])


def test_an_unknown_key_is_left_alone_until_something_is_entered():
    stranger = seen(proposal(7), status="from elsewhere")

    assert decide([], stranger) == decide([])
    assert "not known" in decide([], replace(stranger, entered={"decision": "approve"})).conflicts[0].message


@pytest.mark.parametrize(("copy", "words"), [("", ["approve"]), ("approve", ["approve"]), ("reject", [])])
def test_copies_of_a_row_count_once_and_only_if_they_agree(copy, words):
    result = decide([proposal(1)], seen(proposal(1), decision="approve"), seen(proposal(1), decision=copy))

    assert [decision.word for decision in result.decisions] == words
    assert len(result.conflicts) == (0 if words else 1)


def test_a_refused_decision_is_told_in_the_queues_own_words():
    theirs = [seen(proposal(1), decision="approve")]
    (decision,) = decide([proposal(1)], *theirs).decisions

    result = merge(SCHEMA, [], [proposal(1)], theirs, {decision.id: "everything is on hold"})

    assert not result.decisions
    assert result.statuses == {NAME: "Not counted: everything is on hold."}


def test_content_too_long_for_a_cell_is_shown_in_part_and_cannot_be_approved():
    long = proposal(1, cells={"title": "A long letter", "content": "x" * 32_768})

    (row,) = decide([long]).append

    assert row.cells["content"].startswith("[Too long for a cell: 32,768 characters")
    assert row.decisions == ("reject", "defer", "ask")
    assert not decide([long], seen(long, decision="approve")).decisions
    assert taken(decide([long], seen(long, decision="reject"))) == [("proposal/1", "reject")]


def test_numbers_and_days_a_spreadsheet_would_round_are_text():
    exact = Decimal("123456789012345.1234")
    (row,) = decide([proposal(1, cells={"amount": exact, "due": date(1899, 1, 1)})]).append

    assert row.cells["amount"] == "123456789012345.1234"
    assert row.cells["due"] == "1899-01-01"


def test_the_base_forgets_rows_that_are_gone():
    base = remember(SCHEMA, [], [proposal(1)], [seen(proposal(1))])

    assert remember(SCHEMA, base, [proposal(1)], []) == ()


def test_an_answer_without_a_choice_is_for_the_queue_to_judge_where_own_words_are_taken():
    ours = [question(1, "left", "right", typed=True)]

    (decision,) = decide(ours, seen(ours[0], decision="answer", note="green")).decisions
    assert (decision.word, decision.values["choice"]) == ("answer", None)
    wrong = decide(ours, seen(ours[0], decision="answer", choice="gren"))
    assert wrong.decisions == ()
