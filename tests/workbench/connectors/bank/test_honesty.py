"""What is wrong with a statement beside the others of its account."""

from datetime import date
from decimal import Decimal

import pytest

from workbench.connectors.bank.honesty import Stated, faults

NOTHING = Decimal(0)


def stated(number="", *, days=("01-05", "01-31"), opening="100", closing="100", position=1, **more):
    first, last = (date.fromisoformat(f"2026-{day}") for day in days)
    opening, closing = (None if each is None else Decimal(each) for each in (opening, closing))
    return Stated(
        stream=f"bank_statement/{position}",
        position=position,
        format="mt940",
        number=number,
        currency="EUR",
        opening=opening,
        closing=closing,
        difference=NOTHING,
        total=NOTHING if None in (opening, closing) else closing - opening,
        transactions=1,
        begins=first,
        ends=last,
        **more,
    )


FEBRUARY = {"days": ("02-03", "02-28"), "position": 2}


def shorts(this, *others, moved=None):
    recorded = this.total if moved is None else Decimal(moved)

    def between(after, before):
        """Return what is recorded: all of it on the days of the statement itself."""
        return recorded if after < this.begins and before > this.ends else NOTHING

    return [fault.short for fault in faults(this, others, between)]


def test_a_statement_that_follows_on_the_one_before_has_no_fault():
    assert shorts(stated("2", closing="90", **FEBRUARY), stated("1")) == []


def test_a_gap_says_by_how_much_and_between_which_days():
    (fault,) = faults(stated("2", opening="80", closing="80", **FEBRUARY), [stated("1")], lambda *_: NOTHING)

    assert fault.amount == 20
    assert (
        "20.00 EUR went out between 31 Jan 2026 (closing 100.00) and 03 Feb 2026 (opening 80.00)"
        in fault.words
    )


@pytest.mark.parametrize(
    ("number", "found"),
    [
        ("2", []),
        ("3", ["is not the next one"]),
        ("00003/001", ["is not the next one"]),
        ("1", ["has a number that another one has"]),
        ("0", []),  # a bank that does not count writes 0
        ("STMT-2026-02", []),
        ("20260228", []),  # a day is no number of a statement
    ],
)
def test_numbers_count_where_they_are_numbers(number, found):
    assert shorts(stated(number, closing="90", **FEBRUARY), stated("1")) == found


def test_several_statements_without_numbers_are_no_doubles():
    assert shorts(stated("0", **FEBRUARY), stated("0")) == []


def test_numbers_begin_anew_each_year_and_in_each_format():
    december = stated("12", days=("01-05", "01-06"))

    assert shorts(stated("1", **FEBRUARY), december) == []


def test_a_later_statement_of_the_same_days_with_another_closing_does_not_agree():
    issued_anew = stated("1", closing="95", position=2)

    assert shorts(issued_anew, stated("1"), moved="0") == ["does not agree with what is recorded"]


def test_what_is_recorded_of_its_days_must_be_what_it_says():
    assert shorts(stated(closing="90"), moved="-4") == ["does not agree with what is recorded"]


def test_a_statement_of_one_day_may_end_at_any_hour():
    noon = stated(days=("01-05", "01-05"), closing="90")

    assert (
        shorts(noon, stated(days=("01-05", "01-05"), opening="90", closing="70", position=2), moved="-30")
        == []
    )
