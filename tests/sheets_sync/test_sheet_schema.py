"""A schema that no workbook could carry is refused where it is written."""

import pytest
from sheet_examples import SCHEMA

from sheets_sync.errors import SchemaWrong
from sheets_sync.schema import DECISION, HASH, KEY, STATUS, Column, Schema


@pytest.mark.parametrize(
    ("columns", "problem"),
    [
        ((STATUS, DECISION), "first two"),
        ((KEY, HASH, DECISION), "no column status"),
        ((KEY, HASH, STATUS), "no column decision"),
        ((KEY, HASH, STATUS, DECISION, Column("what", "Status")), "same name or title"),
        ((KEY, HASH, STATUS, Column("decision", "Decide!", owner="human", kind="choice")), "header decision"),
        ((KEY, HASH, STATUS, Column("decision", "decision")), "decision is a choice column of the human"),
    ],
)
def test_a_schema_says_what_is_wrong_with_it(columns, problem):
    with pytest.raises(SchemaWrong, match=problem):
        Schema("Queue", columns)


def test_content_is_what_is_written_once():
    assert [column.name for column in SCHEMA.content] == ["title", "content", "amount", "due"]
    assert [column.name for column in SCHEMA.human] == ["decision", "choice", "note"]


def test_a_sheet_that_others_see_holds_only_the_content_that_was_named():
    narrow = SCHEMA.only(["title", "due"])

    assert [column.name for column in narrow.content] == ["title", "due"]
    assert narrow.human == SCHEMA.human
    assert narrow.columns[:2] == (KEY, HASH)


@pytest.mark.parametrize("name", ["colour", "status", "decision"])
def test_what_is_no_content_column_cannot_be_chosen(name):
    with pytest.raises(SchemaWrong, match=f"{name} is no content column"):
        SCHEMA.only(["title", name])
