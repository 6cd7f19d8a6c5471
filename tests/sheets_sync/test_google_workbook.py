"""A spreadsheet that people edit while we do, an API that fails, rights that come and go."""

import pytest
import stamina
from google_world import BOT, GoogleWorld
from sheet_examples import SCHEMA, proposal, question

from sheets_sync.errors import ColumnsWrong, SheetError, WorkbookChanged
from sheets_sync.google.errors import (
    AccessLost,
    CredentialsRevoked,
    GoogleUnreachable,
    SpreadsheetMissing,
)
from sheets_sync.google.table import STATUSES
from sheets_sync.schema import CHOICE, DECISION
from sheets_sync.testing.google import (
    BAD_GATEWAY,
    LOST_ANSWER,
    LOST_CONNECTION,
    OWNER,
    RESET,
    SERVER_ERROR,
    TRUNCATED,
    UNAVAILABLE,
    Quota,
    late,
    rate_limited,
)

SENT = "Queue"


@pytest.fixture(autouse=True)
def _no_waiting():
    stamina.set_testing(True, attempts=4)
    yield
    stamina.set_testing(False)


@pytest.fixture
def world():
    world = GoogleWorld(*(proposal(number) for number in (1, 2, 3)))
    world.sync()
    yield world
    world.close()


def place(name):
    return next(at for at, column in enumerate(SCHEMA.columns) if column.name == name)


def decide(world, key, word):
    line = 1 + world.keys().index(key)
    world.hand.type_in(SENT, line, place("decision"), word)


def writes(call):
    return call.kind == "write"


def reads(call):
    return call.kind == "read"


# how often Google is asked


@pytest.mark.parametrize("rows", [1, 500])
def test_a_sync_is_one_reading_and_one_write_whatever_the_number_of_rows(rows):
    world = GoogleWorld(*(proposal(number) for number in range(rows)))
    world.sync()

    assert [call.kind for call in world.calls("read", "write")] == ["read", "write"]
    assert len(world.lines()) == rows
    world.close()


def test_a_sync_with_nothing_new_is_one_reading(world):
    world.stand_in.calls.clear()
    world.sync()

    assert [call.kind for call in world.stand_in.calls] == ["drive", "read"]


def test_five_thousand_rows_go_out_within_the_quota_and_none_is_lost():
    world = GoogleWorld(*(proposal(number) for number in range(5_000)), quota=Quota())
    world.sync()

    assert world.keys() == [f"proposal/{number}" for number in range(5_000)]
    assert len(world.calls("read", "write")) <= 60
    assert all(call.bytes_in <= 2_000_000 for call in world.stand_in.calls)
    assert {call.status for call in world.stand_in.calls} == {200}
    world.close()


# what people do between our reading and our write


def test_who_sorts_between_reading_and_write_finds_everything_beside_its_own_row(world):
    decide(world, "proposal/1", "approve")
    world.queue.put(proposal(4))
    world.stand_in.before_next(lambda: world.hand.sort(SENT, place("title"), descending=True), when=writes)

    world.sync()

    assert world.words() == [("proposal/1", "approve")]
    assert world.keys() == ["proposal/3", "proposal/2", "proposal/1", "proposal/4"]
    assert [line["Status"] for line in world.lines()] == ["open", "open", "settled (approve)", "open"]


def test_who_types_a_decision_between_reading_and_write_is_heard_at_the_next_sync(world):
    world.queue.put(proposal(4))
    world.stand_in.before_next(lambda: decide(world, "proposal/2", "reject"), when=writes)

    world.sync()
    assert world.words() == []
    world.sync()
    assert world.words() == [("proposal/2", "reject")]


def test_who_writes_below_between_reading_and_write_keeps_it(world):
    world.queue.put(proposal(4))
    world.stand_in.before_next(lambda: world.hand.type_in(SENT, 4, place("note"), "my own"), when=writes)

    world.sync()

    assert [line["Note"] for line in world.lines()] == [None, None, None, "my own", None]
    assert world.keys() == ["proposal/1", "proposal/2", "proposal/3", None, "proposal/4"]


def test_who_deletes_rows_between_reading_and_write_loses_none_that_waits(world):
    world.queue.put(proposal(4))
    world.stand_in.before_next(lambda: world.hand.delete_row(SENT, 1, 2), when=writes)

    world.sync()
    world.sync()

    assert sorted(world.keys()) == [f"proposal/{number}" for number in (1, 2, 3, 4)]


@pytest.mark.parametrize("title", [SENT, STATUSES])
def test_who_deletes_a_tab_between_reading_and_write_gets_it_back(world, title):
    world.queue.put(proposal(4))
    world.stand_in.before_next(lambda: world.hand.delete_tab(title), when=writes)

    world.sync()
    world.sync()

    assert sorted(world.keys()) == [f"proposal/{number}" for number in (1, 2, 3, 4)]
    assert {line["Status"] for line in world.lines()} == {"open"}


def test_who_renames_a_tab_between_reading_and_write_changes_nothing(world):
    world.queue.put(proposal(4))
    world.stand_in.before_next(lambda: world.hand.rename_tab(SENT, "To decide"), when=writes)

    world.sync()

    assert world.hand.grid("To decide")[4][0] == "proposal/4"
    assert SENT not in world.hand.tabs


def test_who_keeps_sorting_the_page_of_statuses_is_put_right_by_the_next_sync(world):
    decide(world, "proposal/1", "approve")
    world.stand_in.before_next(lambda: world.hand.sort(STATUSES, 0, descending=True), when=writes)

    world.sync()
    world.sync()

    assert [line["Status"] for line in world.lines()] == ["settled (approve)", "open", "open"]


def test_a_moved_column_and_columns_of_the_operators_own_are_harmless(world):
    world.hand.insert_column(SENT, 3)
    world.hand.type_in(SENT, 0, 3, "my notes")
    world.hand.type_in(SENT, 1, 3, "call her first")
    world.hand.move_column(SENT, place("decision") + 1, 0)
    world.queue.put(proposal(4))

    world.sync()

    assert [line.get("my notes") for line in world.lines()] == ["call her first", None, None, None]
    assert world.line("proposal/4")["Status"] == "open"
    assert world.sync().added == 0


def test_a_renamed_column_stops_the_sync_before_anything_is_decided(world):
    decide(world, "proposal/1", "approve")
    world.hand.type_in(SENT, 0, place("title"), "Betreff")

    with pytest.raises(ColumnsWrong, match="What"):
        world.sync()
    assert world.words() == []


def test_tabs_of_the_operators_own_are_left_alone(world):
    world.hand.add_tab("Budget")
    world.hand.type_in("Budget", 0, 0, "=1+1")
    before = world.hand.grid("Budget")
    world.queue.put(proposal(4))

    world.sync()

    assert world.hand.grid("Budget") == before


# entries that are no decisions


def test_a_formula_a_link_and_a_true_value_are_no_decisions(world):
    line = {key: 1 + at for at, key in enumerate(world.keys())}
    world.hand.type_in(SENT, line["proposal/1"], place("decision"), '="app"&"rove"')
    world.hand.type_in(SENT, line["proposal/2"], place("decision"), "approve")
    world.hand.link(SENT, line["proposal/2"], place("decision"), "https://example.org/approve")
    world.hand.type_in(SENT, line["proposal/3"], place("decision"), "approve")

    report = world.sync()

    assert world.words() == [("proposal/3", "approve")]
    assert sorted(conflict.key for conflict in report.conflicts) == ["proposal/1", "proposal/2"]


def test_each_row_offers_its_own_words():
    world = GoogleWorld(proposal(1), question(2, "Business", "Private"))
    world.sync()

    rows = world.file.tab(SENT).rows
    offered = [
        [value["userEnteredValue"] for value in cell.validation["condition"]["values"]]
        for cell in (rows[1].cells[place(DECISION.name)], rows[2].cells[place(CHOICE.name)])
    ]
    assert offered == [["approve", "edit", "reject", "defer", "ask"], ["Business", "Private"]]
    world.close()


# an API that fails


@pytest.mark.parametrize("fault", [SERVER_ERROR, UNAVAILABLE, BAD_GATEWAY, RESET, TRUNCATED, rate_limited()])
@pytest.mark.parametrize("kind", ["drive", "read", "write"])
def test_a_fault_that_passes_is_not_noticed(world, kind, fault):
    decide(world, "proposal/1", "approve")
    world.queue.put(proposal(4))
    world.stand_in.fail(fault, when=lambda call: call.kind == kind, times=2)

    world.sync()

    assert world.words() == [("proposal/1", "approve")]
    assert world.keys() == [f"proposal/{number}" for number in (1, 2, 3, 4)]
    assert world.line("proposal/1")["Status"] == "settled (approve)"


@pytest.mark.parametrize("fault", [LOST_ANSWER, LOST_CONNECTION, TRUNCATED])
def test_a_write_whose_answer_is_lost_is_not_made_twice(world, fault):
    decide(world, "proposal/1", "approve")
    world.queue.put(proposal(4))
    world.stand_in.fail(fault, when=writes, times=1)

    world.sync()

    assert world.keys() == [f"proposal/{number}" for number in (1, 2, 3, 4)]
    assert world.words() == [("proposal/1", "approve")]
    assert len(world.calls("write")) == 2, "the first sync's and the one that was lost"


@pytest.mark.parametrize("kind", ["drive", "read", "write"])
def test_an_answer_that_comes_too_late_is_not_waited_for(world, kind):
    decide(world, "proposal/1", "approve")
    world.queue.put(proposal(4))
    world.workbook._transport.set_timeout((1.0, 0.3))
    world.stand_in.fail(late(1.0), when=lambda call: call.kind == kind, times=1)

    world.sync()

    assert world.words() == [("proposal/1", "approve")]
    assert world.keys() == [f"proposal/{number}" for number in (1, 2, 3, 4)]


def test_merged_cells_decide_nothing_and_are_named(world):
    decide(world, "proposal/1", "approve")
    area = {"startRowIndex": 1, "endRowIndex": 3}
    columns = {"startColumnIndex": place("decision"), "endColumnIndex": place("decision") + 1}
    world.file.tab(SENT).merges.append({**area, **columns})

    report = world.sync()

    assert world.words() == []
    assert "cells of 2 lines are merged" in report.notes[0]
    assert world.keys()[3:] == ["proposal/1", "proposal/2"], "both are asked again below"


def test_retry_after_is_honoured(world):
    stamina.set_testing(False)
    world.stand_in.fail(rate_limited(1), when=reads, times=1)

    world.sync()

    first, second = world.calls("read")[-2:]
    assert second.at - first.at >= 1


@pytest.mark.parametrize("kind", ["drive", "read"])
def test_when_google_stays_away_it_is_said_and_nothing_is_decided(world, kind):
    decide(world, "proposal/1", "approve")
    world.stand_in.fail(UNAVAILABLE, when=lambda call: call.kind == kind)

    with pytest.raises(GoogleUnreachable, match="503"):
        world.sync()
    assert world.words() == []


def test_when_writes_stay_unanswered_it_is_said_and_the_decisions_stand(world):
    decide(world, "proposal/1", "approve")
    world.stand_in.fail(UNAVAILABLE, when=writes)

    with pytest.raises(WorkbookChanged, match="what became of a write"):
        world.sync()
    assert world.words() == [("proposal/1", "approve")]

    world.stand_in.calm()
    world.sync()
    assert world.words() == [("proposal/1", "approve")]
    assert world.line("proposal/1")["Status"] == "settled (approve)"


# rights


def test_revoked_credentials_are_named(world):
    world.stand_in.tokens.revoke(BOT)
    world.workbook = world.opened()

    with pytest.raises(CredentialsRevoked):
        world.sync()


def test_an_expired_token_is_renewed_without_a_word(world):
    world.stand_in.tokens.expire()
    decide(world, "proposal/1", "approve")

    world.sync()

    assert world.words() == [("proposal/1", "approve")]


def test_access_taken_away_is_named_with_the_account(world):
    world.unshare(BOT)

    with pytest.raises(SheetError) as caught:
        world.sync()
    assert isinstance(caught.value, AccessLost | SpreadsheetMissing)


def test_an_account_that_may_only_read_decides_nothing(world):
    decide(world, "proposal/1", "approve")
    world.share(BOT, "reader")

    assert "can't be seen" in world.sync().distrusted
    assert world.words() == []


@pytest.mark.parametrize(
    ("email", "role", "kind"),
    [
        ("eve@example.net", "writer", "user"),
        ("eve@example.net", "reader", "user"),
        ("", "reader", "anyone"),
    ],
)
def test_shared_wider_than_listed_nothing_is_decided_and_nothing_shown(world, email, role, kind):
    decide(world, "proposal/1", "approve")
    world.queue.put(proposal(4))
    world.share(email, role, kind)

    report = world.sync()

    assert (email or "anyone with the link") in report.distrusted
    assert world.words() == []
    assert world.keys() == ["proposal/1", "proposal/2", "proposal/3"]

    world.unshare(email) if email else world.file.permissions.pop()
    world.sync()
    assert world.words() == [("proposal/1", "approve")]


def test_a_spreadsheet_in_the_bin_is_missing(world):
    world.hand.throw_away()

    with pytest.raises(SpreadsheetMissing):
        world.sync()


def test_who_may_write_there_is_known_after_a_reading(world):
    assert world.workbook.account == OWNER


def test_no_secret_stands_in_an_error(world):
    world.stand_in.fail(SERVER_ERROR, when=reads)
    with pytest.raises(GoogleUnreachable) as caught:
        world.sync()

    text = repr(caught.value) + str(caught.value.__context__) + str(caught.value.__cause__)
    assert "s3cret" not in text
    assert "Bearer" not in text
    assert world.stand_in.access_token(BOT) not in text
