"""Which lines are new: twins stay two, nothing is counted twice, and a contradiction is never swallowed."""

from datetime import date
from decimal import Decimal

import pytest

from workbench.connectors.bank.identity import Known, Period, compare
from workbench.connectors.bank.reading import Line, Statement


def line(day, amount, text="", **more):
    return Line(
        booked_on=date.fromisoformat(f"2026-{day}"),
        value_on=None,
        amount=Decimal(amount),
        currency="EUR",
        text=text,
        **more,
    )


def known(day, amount, text="", *, stream=None, state="booked", statement="s1", **more):
    pending = date.fromisoformat(f"2026-{day}") if state == "pending" else None
    more = {"value_on": None, "bank_id": "", "counterparty": "", "ordinal": 1, "version": 1} | more
    more = {"counterparty_account": "", "reference": ""} | more
    return Known(
        stream=stream or f"{day} {amount} {more['ordinal']}",
        state=state,
        booked_on=date.fromisoformat(f"2026-{day}"),
        amount=Decimal(amount),
        currency="EUR",
        text=text,
        statement=statement,
        pending_on=pending,
        pending_amount=Decimal(amount) if pending else None,
        **more,
    )


def period(first, last, opening=None, closing=None, *, stream="s1", kind="csv"):
    return Period(
        stream=stream,
        format=kind,
        currency="EUR",
        first_on=date.fromisoformat(f"2026-{first}"),
        last_on=date.fromisoformat(f"2026-{last}"),
        opening=None if opening is None else Decimal(opening),
        closing=None if closing is None else Decimal(closing),
    )


def statement(*lines, opening=None, closing=None):
    return Statement(
        account="A",
        currency="EUR",
        opening=None if opening is None else Decimal(opening),
        closing=None if closing is None else Decimal(closing),
        closing_on=None,
        number="",
        lines=lines,
    )


def new(found):
    return [(f"{each.booked_on:%m-%d}", str(each.amount), ordinal) for each, ordinal in found.new]


def test_what_is_recorded_is_not_new_and_a_third_twin_is():
    stored = [known("01-05", "-3"), known("01-05", "-3", ordinal=2)]

    found = compare(statement(*[line("01-05", "-3")] * 3, line("01-06", "4")), stored, [], "csv")

    assert new(found) == [("01-05", "-3", 3), ("01-06", "4", 1)]
    assert (found.gone, found.instead) == ((), ())


def test_a_withdrawn_transaction_claims_nothing_and_keeps_its_ordinal():
    found = compare(statement(line("01-05", "-3")), [known("01-05", "-3", state="withdrawn")], [], "csv")

    assert new(found) == [("01-05", "-3", 2)]


def test_two_statements_that_follow_each_other_on_one_day_share_no_transaction():
    """The second begins with the first one's closing balance: its coffee is another coffee."""
    before = period("01-01", "01-05", "100", "97")
    coffee = statement(line("01-05", "-3"), line("01-08", "-1"), opening="97", closing="93")

    assert new(compare(coffee, [known("01-05", "-3")], [before], "mt940")) == [
        ("01-05", "-3", 2),
        ("01-08", "-1", 1),
    ]


def test_without_balances_the_same_day_and_amount_is_the_same_transaction():
    before = period("01-01", "01-05")
    coffee = statement(line("01-05", "-3"), line("01-08", "-1"))

    assert new(compare(coffee, [known("01-05", "-3")], [before], "csv")) == [("01-08", "-1", 1)]


def test_an_older_statement_that_comes_later_ends_where_the_recorded_one_begins():
    after = period("01-05", "01-09", "97", "94")
    older = statement(line("01-02", "-3"), line("01-05", "-3"), opening="103", closing="97")

    assert new(compare(older, [known("01-05", "-3")], [after], "mt940")) == [
        ("01-02", "-3", 1),
        ("01-05", "-3", 2),
    ]


def test_the_same_statement_in_another_format_adds_nothing_even_if_it_moves_nothing():
    same = period("01-05", "01-05", "100", "100", kind="mt940")
    stored = [known("01-05", "-3"), known("01-05", "3")]

    found = compare(
        statement(line("01-05", "-3"), line("01-05", "3"), opening="100", closing="100"),
        stored,
        [same],
        "camt.053",
    )

    assert (found.new, found.gone) == ((), ())


def test_ids_of_one_format_tell_twins_apart_and_those_of_two_formats_do_not():
    stored = [known("01-05", "-3", bank_id="ofx:1")]

    assert new(compare(statement(line("01-05", "-3", bank_id="ofx:2")), stored, [], "ofx")) == [
        ("01-05", "-3", 2)
    ]
    assert new(compare(statement(line("01-05", "-3", bank_id="camt:2")), stored, [], "camt.053")) == []


class TestAnotherDay:
    """One format says the booking day, another the value day."""

    def test_is_the_same_transaction_when_the_value_day_says_so(self):
        stored = [known("01-03", "-9", "Rent Miller", value_on=date(2026, 1, 2))]
        found = compare(
            statement(line("01-02", "-9", "RENT MILLER")), stored, [period("01-01", "01-31")], "ofx"
        )

        assert (found.new, found.instead) == ((), ())

    def test_is_asked_about_within_one_format(self):
        stored = [known("01-03", "-9", "Rent Miller", value_on=date(2026, 1, 2))]
        lines = [line("01-01", "1"), line("01-02", "-9", "RENT MILLER"), line("01-31", "1")]
        found = compare(statement(*lines), stored, [period("01-01", "01-31")], "csv")

        assert [each.text for each in found.instead] == ["RENT MILLER"]
        assert [each.text for each in found.gone] == ["Rent Miller"]
        assert new(found) == [("01-01", "1", 1), ("01-31", "1", 1)]


class TestCorrection:
    STORED = (known("01-02", "-9", "Rent Miller"), known("01-04", "-5", "Coffee"), known("01-30", "7"))
    WHOLE = period("01-02", "01-30", "100", "93")

    def test_a_changed_amount_is_held_back_with_what_it_replaces(self):
        lines = (line("01-02", "-9", "Rent Miller"), line("01-04", "-6", "Coffee"), line("01-30", "7"))
        found = compare(statement(*lines, opening="100", closing="92"), self.STORED, [self.WHOLE], "csv")

        assert new(found) == []
        assert [str(each.amount) for each in found.gone] == ["-5"]
        assert [str(each.amount) for each in found.instead] == ["-6"]

    def test_a_line_that_vanished_from_a_complete_statement_is_gone(self):
        lines = (line("01-02", "-9", "Rent Miller"), line("01-30", "7"))
        found = compare(statement(*lines, opening="100", closing="98"), self.STORED, [self.WHOLE], "csv")

        assert [each.text for each in found.gone] == ["Coffee"]
        assert found.instead == ()

    def test_an_excerpt_without_balances_contradicts_nothing(self):
        lines = (line("01-02", "-9", "Rent Miller"), line("01-30", "7"))
        found = compare(statement(*lines), self.STORED, [self.WHOLE], "csv")

        assert (found.new, found.gone) == ((), ())

    def test_a_line_more_is_new(self):
        lines = (
            line("01-02", "-9", "Rent Miller"),
            line("01-04", "-5", "Coffee"),
            line("01-10", "-2", "Tea"),
            line("01-30", "7"),
        )
        found = compare(statement(*lines, opening="100", closing="91"), self.STORED, [self.WHOLE], "csv")

        assert new(found) == [("01-10", "-2", 1)]
        assert found.gone == ()


class TestPending:
    def test_becomes_booked_in_its_own_stream(self):
        announced = known("01-03", "-9", "Shell 123", state="pending", stream="p")
        found = compare(statement(line("01-05", "-9", "SHELL STATION 123")), [announced], [], "csv")

        assert found.new == ()
        assert [(str(each.booked_on), pending.stream) for each, _, pending in found.booked] == [
            ("2026-01-05", "p")
        ]

    def test_becomes_booked_with_another_amount_when_the_bank_says_it_is_the_same(self):
        announced = known("01-03", "-50", "Restaurant", state="pending", bank_id="ofx:7")
        found = compare(
            statement(line("01-05", "-55", "Restaurant", bank_id="ofx:7")), [announced], [], "ofx"
        )

        assert [str(each.amount) for each, _, _ in found.booked] == ["-55"]

    @pytest.mark.parametrize(("day", "amount"), [("02-20", "-9"), ("01-05", "-10")])
    def test_stays_pending_when_the_booking_is_much_later_or_of_another_amount(self, day, amount):
        announced = known("01-03", "-9", "Shell", state="pending")
        found = compare(statement(line(day, amount, "Shell")), [announced], [], "csv")

        assert (len(found.new), found.booked) == (1, ())

    def test_two_of_one_amount_go_to_the_one_with_their_words(self):
        announced = [
            known("01-03", "-9", "Netflix", state="pending", stream="n"),
            known("01-03", "-9", "Spotify", state="pending", stream="s", ordinal=2),
        ]
        found = compare(statement(line("01-04", "-9", "Spotify AB")), announced, [], "csv")

        assert [pending.stream for _, _, pending in found.booked] == ["s"]

    def test_is_announced_once(self):
        again = line("01-03", "-9", "Shell", state="pending")
        found = compare(
            statement(again, line("01-04", "-2", "Tea", state="pending")),
            [known("01-03", "-9", "Shell", state="pending")],
            [],
            "csv",
        )

        assert [each.text for each, _ in found.announced] == ["Tea"]

    def test_is_not_announced_any_more_once_it_is_booked(self):
        late = line("01-03", "-9", "Shell", state="pending")

        assert compare(statement(late), [known("01-04", "-9", "Shell")], [], "csv").announced == ()


# erased


def erased(count, day="01-05", state="booked"):
    """Say that so many transactions of 3 EUR were erased on a day."""
    return lambda each: count if (f"{each.booked_on:%m-%d}", each.state) == (day, state) else 0


@pytest.mark.parametrize(
    ("stored", "gone", "shown", "left"),
    [
        ([], 1, 1, []),
        ([], 1, 2, [("01-05", "-3", 2)]),
        ([known("01-05", "-3", ordinal=2)], 1, 2, []),
        ([known("01-05", "-3", ordinal=2)], 1, 3, [("01-05", "-3", 3)]),
        ([known("01-05", "-3", ordinal=1)], 1, 3, [("01-05", "-3", 3)]),
        ([known("01-05", "-3", ordinal=2)], 2, 4, [("01-05", "-3", 4)]),
        ([known("01-05", "-3", ordinal=1)], 1, 1, []),
    ],
)
def test_as_many_lines_stay_out_as_were_erased_and_the_next_counts_on(stored, gone, shown, left):
    lines = [line("01-05", "-3")] * shown

    found = compare(statement(*lines), stored, [], "csv", erased(gone))

    assert new(found) == left
    assert (found.gone, found.instead) == ((), ())


def test_an_erased_line_of_a_complete_statement_contradicts_nothing():
    stored = [known("01-04", "1"), known("01-06", "2")]
    shown = statement(line("01-04", "1"), line("01-05", "-3"), line("01-06", "2"), opening="0", closing="0")

    found = compare(shown, stored, [period("01-04", "01-06", "0", "0")], "csv", erased(1))

    assert (new(found), found.gone) == ([], ())


def test_an_erased_pending_line_is_not_announced_again_and_another_one_is():
    pending = [line("01-05", "-3", state="pending"), line("01-05", "-3", state="pending")]

    found = compare(statement(*pending), [], [], "csv", erased(1, state="pending"))

    assert [(each.state, ordinal) for each, ordinal in found.announced] == [("pending", 2)]
    assert found.new == ()
