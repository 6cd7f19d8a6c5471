"""Verification names every place that is not what was written, by its position."""

import re
import subprocess
import sys

import duckdb
import pytest
from log_examples import append, booking, note, opened, segment

from opc_kernel.log import durable as durable_module
from opc_kernel.log.errors import LogsDisagree
from opc_kernel.log.inspection import inspect
from opc_kernel.log.verify import MAX_FINDINGS, Finding, compare, verify_folder


@pytest.fixture
def company(folder):
    with opened(folder) as log:
        append(log, note("a", "one"))
        append(log, note("b", "two"), booking("giro", "3.00"), note("a", "four"))
        append(log, note("a", "five"))
    return folder


def lines(folder):
    return segment(folder).read_bytes().splitlines(keepends=True)


def positions_of_lines():
    """The position each line of the example stands for: header, then events, each append with its commit."""
    return [1, 1, 1, 2, 3, 4, 4, 5, 5]


def rows(folder):
    with opened(folder) as log:
        return list(log._database.events())


def found(folder):
    return [(finding.position, finding.where, finding.what) for finding in verify_folder(folder).findings]


def named(folder):
    return {finding.position for finding in verify_folder(folder).findings if finding.where == "journal"}


def test_a_healthy_company_has_no_findings(company):
    with opened(company) as log:
        live, head = log.verify(), log.tail.chain_hash
    assert (live.events, live.head, live.findings) == (5, head, ())
    assert verify_folder(company) == live


def test_an_empty_company_has_no_findings(folder):
    with opened(folder) as log:
        assert log.verify().findings == ()


class TestJournal:
    @pytest.mark.parametrize("bit", [1, 4])
    def test_any_changed_byte_is_named(self, company, bit):
        database, path, healthy = rows(company), segment(company), segment(company).read_bytes()
        offset = 0
        for line, position in zip(lines(company), positions_of_lines(), strict=True):
            for at in range(offset, offset + len(line)):
                content = bytearray(healthy)
                content[at] ^= bit
                path.write_bytes(content)
                findings = compare(inspect([(path, None)]), iter(database)).findings
                assert findings, f"byte {at} of the line for position {position}: {line[at - offset :][:30]}"
                assert findings[0].position == position, (
                    f"byte {at}: {line[at - offset :][:30]} named as {findings}"
                )
                assert findings[0].where == "journal"
            offset += len(line)

    @pytest.mark.parametrize(
        ("old", "new", "position", "what"),
        [
            (b'"five"', b'"size"', 5, "its data was changed"),
            (b'"actor":"me"', b'"actor":"he"', 1, "its envelope was changed, or one before it was removed"),
            (b'"version":2', b'"version":3', 4, "its envelope was changed, or one before it was removed"),
            (b'"position":4', b'"position":7', 4, "its position was changed"),
            (b'"position":3', b'"position": 3', 3, "its bytes were changed"),
            (b'"consent":null,', b"", 1, "it can't be read"),
            (b'{"commit":4', b'{"commit":3', 4, "the line that commits it was changed"),
        ],
    )
    def test_a_change_says_what_it_touched(self, company, old, new, position, what):
        content = segment(company).read_bytes()
        segment(company).write_bytes(content.replace(old, new, 1))
        assert found(company) == [(position, "journal", what)]

    @pytest.mark.parametrize("line", [1, 3, 4, 5, 7])
    def test_a_deleted_line_is_named(self, company, line):
        rest = lines(company)
        del rest[line]
        segment(company).write_bytes(b"".join(rest))
        position = positions_of_lines()[line]
        assert (position, "journal", "its line is missing") in found(company)
        assert named(company) == {position}

    @pytest.mark.parametrize("line", [2, 6])
    def test_a_deleted_commit_is_named(self, company, line):
        rest = lines(company)
        del rest[line]
        segment(company).write_bytes(b"".join(rest))
        assert named(company)

    @pytest.mark.parametrize("line", [1, 3, 4, 7])
    def test_a_line_that_stands_twice_is_named(self, company, line):
        rest = lines(company)
        rest.insert(line, rest[line])
        segment(company).write_bytes(b"".join(rest))
        assert (
            positions_of_lines()[line],
            "journal",
            "it stands a second time, or in the wrong place",
        ) in found(company)

    def test_an_inserted_forgery_is_named(self, company):
        rest = lines(company)
        rest.insert(7, rest[7].replace(b'"five"', b'"fire"'))
        segment(company).write_bytes(b"".join(rest))
        assert named(company) == {5}

    def test_swapped_lines_are_named(self, company):
        rest = lines(company)
        rest[3], rest[4] = rest[4], rest[3]
        segment(company).write_bytes(b"".join(rest))
        assert named(company) == {2}

    def test_swapped_appends_are_named(self, company):
        rest = lines(company)
        rest[1:7] = [*rest[3:7], *rest[1:3]]
        segment(company).write_bytes(b"".join(rest))
        assert 1 in named(company)

    def test_data_without_its_salt_cannot_pose_as_erased(self, company):
        content = segment(company).read_bytes()
        forged = re.sub(
            rb'"salt":"[0-9a-f]{32}","data":\{"text":"five"\}', b'"salt":null,"data":{"text":"fire"}', content
        )
        assert forged != content
        segment(company).write_bytes(forged)
        assert found(company)[0] == (5, "journal", "its data was changed")

    def test_a_cut_end_is_named_by_the_rows_beyond_it(self, company):
        segment(company).write_bytes(b"".join(lines(company)[:3]))
        assert found(company) == [(n, "database", "the journal has no such event") for n in range(2, 6)]

    def test_an_unfinished_append_is_named(self, company):
        segment(company).write_bytes(b"".join(lines(company)[:-1]))
        assert (5, "journal", "its append was never finished") in found(company)


def change(folder, statement):
    """Change the database as a stranger with the DuckDB shell would."""
    with duckdb.connect(str(folder / "company.duckdb")) as connection:
        connection.execute(statement)


INSERT_LIKE = (
    "INSERT INTO event SELECT * REPLACE ({position} AS position, 'forged-' || {position} AS event_id) "
    "FROM event WHERE position = 1"
)


class TestDatabase:
    @pytest.mark.parametrize(
        ("statement", "expected"),
        [
            (
                'UPDATE event SET data = \'{"text":"forged"}\' WHERE position = 2',
                [(2, "database", "its data was changed")],
            ),
            (
                "UPDATE event SET salt = NULL, data = NULL WHERE position = 2",
                [(2, "database", "its data was changed")],
            ),
            (
                "UPDATE event SET actor = 'he' WHERE position = 3",
                [(3, "database", "its envelope was changed")],
            ),
            (
                "UPDATE event SET occurred_at = occurred_at + INTERVAL 1 microsecond WHERE position = 3",
                [(3, "database", "its envelope was changed")],
            ),
            (
                "UPDATE event SET chain_hash = repeat('0', 64) WHERE position = 2",
                [(2, "database", "its envelope was changed")],
            ),
            ("DELETE FROM event WHERE position = 4", [(4, "database", "this row is missing")]),
            (INSERT_LIKE.format(position=6), [(6, "database", "the journal has no such event")]),
            (INSERT_LIKE.format(position=0), [(0, "database", "the journal has no such event")]),
            (
                "UPDATE event SET position = 9 WHERE position = 2",
                [(2, "database", "this row is missing"), (9, "database", "the journal has no such event")],
            ),
        ],
    )
    def test_a_change_is_named(self, company, statement, expected):
        change(company, statement)
        assert found(company) == expected

    def test_a_change_by_another_process_is_named(self, company):
        program = (
            "import sys, duckdb; duckdb.connect(sys.argv[1]).execute('DELETE FROM event WHERE position = 4')"
        )
        subprocess.run([sys.executable, "-c", program, str(company / "company.duckdb")], check=True)
        assert found(company) == [(4, "database", "this row is missing")]

    def test_a_live_log_names_it_too(self, company):
        change(company, "UPDATE event SET actor = 'he' WHERE position = 3")
        with opened(company) as log:
            assert log.verify().findings == (
                Finding(position=3, where="database", what="its envelope was changed"),
            )
            assert str(log.verify().findings[0]) == "position 3, database: its envelope was changed"

    def test_where_the_journal_is_damaged_a_row_is_held_against_the_chain(self, company):
        segment(company).write_bytes(segment(company).read_bytes().replace(b'"two"', b'"tow"'))
        assert found(company) == [(2, "journal", "its data was changed")]
        change(company, 'UPDATE event SET data = \'{"text":"forged"}\' WHERE position = 2')
        assert found(company) == [
            (2, "journal", "its data was changed"),
            (2, "database", "it does not fit the chain"),
        ]

    def test_both_changed_alike_is_named(self, company):
        change(company, 'UPDATE event SET data = \'{"text":"tow"}\' WHERE position = 2')
        segment(company).write_bytes(segment(company).read_bytes().replace(b'"two"', b'"tow"'))
        assert found(company)[0] == (2, "journal", "its data was changed")

    @pytest.mark.parametrize("damage", ["missing", "unreadable"])
    def test_a_database_that_cannot_be_opened_is_a_finding_beside_the_journals(self, company, damage):
        (company / "company.duckdb").unlink()
        if damage == "unreadable":
            (company / "company.duckdb").write_bytes(b"nothing that DuckDB wrote" * 1000)
        segment(company).write_bytes(segment(company).read_bytes().replace(b'"two"', b'"tow"'))
        first, second = found(company)
        assert first[:2] == (0, "database")
        assert first[2].startswith("it can't be opened")
        assert second == (2, "journal", "its data was changed")
        assert (company / "company.duckdb").exists() == (damage == "unreadable")


def test_a_folder_that_refuses_to_open_can_be_verified(company):
    change(company, "DELETE FROM event WHERE position = 2")
    with pytest.raises(LogsDisagree):
        opened(company)
    assert found(company) == [(2, "database", "this row is missing")]


def test_a_verification_stops_somewhere(folder):
    with opened(folder) as log:
        append(log, *(note("a", str(n)) for n in range(MAX_FINDINGS + 50)))
    change(folder, "UPDATE event SET actor = 'he'")
    assert len(verify_folder(folder).findings) == MAX_FINDINGS


def test_appends_go_on_meanwhile_and_are_no_finding(durable, monkeypatch):
    append(durable, *(note("a", str(n)) for n in range(50)))
    walked = durable_module.compare

    def compare_later(lines, rows):
        append(durable, note("a", "meanwhile"))
        return walked(lines, rows)

    monkeypatch.setattr(durable_module, "compare", compare_later)
    verification = durable.verify()
    assert (verification.events, verification.findings) == (50, ())
    assert durable.tail.position == 51
