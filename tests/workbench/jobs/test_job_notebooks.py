"""What a notebook declares, and what is refused before anything runs."""

import pytest
from duty import content, notebook

from workbench.jobs.errors import NotAJob, ParameterUnknown, ParameterWrong
from workbench.jobs.notebook import notebook_of
from workbench.jobs.rule import JobRule, seconds

MORE = 'mode = "sandbox"\nmonth = ""  # such as 2026-10\nmost: int = 5\nshare = 0.5\nnames = ["a"]'


def test_it_says_what_it_is_for_and_declares():
    found = notebook(parameters=MORE, title="Close a month\n\nAsks for the close.\nNothing else.")

    assert (found.title, found.purpose) == ("Close a month", "Asks for the close. Nothing else.")
    assert found.parameters == {"mode": "sandbox", "month": "", "most": 5, "share": 0.5, "names": ["a"]}


def test_a_long_purpose_ends_with_a_sentence():
    said = "It `counts` what is **there**. " * 10

    assert notebook(title=f"Counts\n\n{said}").purpose == ("It counts what is there. " * 8).strip()
    assert notebook(title=f"Counts\n\n{'word ' * 90}").purpose.endswith("word …")


def test_parameters_are_checked_against_what_is_declared():
    found = notebook(parameters=MORE)

    assert found.given({"most": 7, "share": 1}) == {"most": 7, "share": 1.0}
    assert found.typed({"month": "2026-10", "most": "7", "names": '["b"]'}) == {
        "month": "2026-10",
        "most": 7,
        "names": ["b"],
    }
    with pytest.raises(ParameterUnknown, match="declares no parameter moon"):
        found.given({"moon": 1})
    for name, value in {"most": "7", "share": True, "mode": "prod", "month": None}.items():
        with pytest.raises(ParameterWrong, match=name):
            found.given({name: value})


@pytest.mark.parametrize(
    ("parameters", "reason"),
    [
        ("month = 1", "do not begin with mode"),
        ('mode = "test"', "do not begin with mode"),
        ('mode = "sandbox"\nday = today()', "day is no literal"),
        ('mode = "sandbox"\nprint(mode)', "line 2 of its parameters is no literal"),
        ('mode = "sandbox', "is no Python"),
    ],
)
def test_a_cell_of_parameters_that_declares_none_is_refused(parameters, reason):
    with pytest.raises(NotAJob, match=reason):
        notebook(parameters=parameters).given({})


def test_without_a_tag_nothing_would_take():
    found = content()
    found["cells"][1]["metadata"]["tags"] = []
    with pytest.raises(NotAJob, match="0 code cells are tagged 'parameters'"):
        notebook_of("counts", __import__("json").dumps(found).encode()).given({})


@pytest.mark.parametrize(
    "again",
    [
        "mode = 'production'",
        "%time\nmonth = last()",
        "for month in range(3): pass",
        "if x:\n    (mode := 1)",
        "del mode",
    ],
)
def test_a_parameter_that_is_assigned_again_is_refused(again):
    with pytest.raises(NotAJob, match="assigns its parameter"):
        notebook(again, parameters=MORE).given({})


def test_a_magic_beside_it_is_no_harm():
    assert notebook("%matplotlib inline\nother = month\n!ls", parameters=MORE).given({"month": "x"})


@pytest.mark.parametrize("broken", [b"", b"[]", b"{}", b'{"cells": 3}', b"\xff", b"[" * 100_000])
def test_what_is_no_notebook_says_so(broken):
    with pytest.raises(NotAJob, match="is no notebook"):
        notebook_of("counts", broken)


@pytest.mark.parametrize(
    ("rule", "reason"),
    [
        ({"cron": "0 25 * * *"}, "is no cron line"),
        ({"cron": "@daily"}, "is no cron line"),
        ({"cron": "0 0 30 2 *"}, "is no cron line"),
        ({"cron": "* * * * * *"}, "has not five fields"),
        ({"stale_after": "soon"}, "is no duration"),
        ({"time_limit": "0m"}, "is no duration"),
        ({"stale_after": "999d"}, "more than a year"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_a_rule_that_can_not_be_is_refused(rule, reason):
    with pytest.raises(NotAJob, match=reason):
        _ = notebook(rule=rule).rule


def test_the_settings_go_first():
    shipped = JobRule(cron="0 7 * * *", missed="each", parameters={"most": 5, "month": ""})

    found = shipped.with_settings(JobRule(cron="0  9 * * *", parameters={"most": 9}))

    assert (found.cron, found.missed, found.parameters) == ("0 9 * * *", "each", {"most": 9, "month": ""})
    assert [seconds(text) for text in ("90s", "15m", "20h", "3d")] == [90, 900, 72_000, 259_200]
