"""The journal goes on in a new segment; segments follow each other and hold everything together."""

import os

import pytest
from log_examples import append, note, opened, texts

from opc_kernel.log import journal as journal_module
from opc_kernel.log.inspection import inspect
from opc_kernel.log.journal import Journal, read_segments, segment_paths
from opc_kernel.log.verify import verify_folder


@pytest.fixture(autouse=True)
def small_segments(monkeypatch):
    monkeypatch.setattr(journal_module, "SEGMENT_BYTES", 1000)


def names(folder):
    return [path.name for path in sorted((folder / "journal").iterdir())]


@pytest.fixture
def company(folder):
    with opened(folder) as log:
        for n in range(6):
            append(log, note("a", str(n)))
    return folder


def test_a_full_segment_is_followed_by_one_named_after_its_first_position(company):
    assert names(company) == ["000000000001.jsonl", "000000000003.jsonl", "000000000005.jsonl"]
    assert [(one.header.first, one.header.company) for one in read_segments(company / "journal")] == [
        (first, read_segments(company / "journal")[0].header.company) for first in (1, 3, 5)
    ]


def test_an_append_is_never_split_over_two_segments(durable, folder):
    append(durable, *(note("a", "x" * 100) for _ in range(20)))
    assert names(folder) == ["000000000001.jsonl"]


@pytest.mark.parametrize("after", range(7))
def test_reading_begins_in_any_of_them(company, after):
    journal = Journal(company / "journal")
    assert [event.position for event in journal.read(after)] == list(range(after + 1, 7))
    journal.close()


def test_the_log_opens_is_verified_and_goes_on(company):
    with opened(company) as log:
        assert log.verify().events == 6
        assert log.verify().findings == ()
        append(log, note("a", "6"))
    (company / "company.duckdb").unlink()
    with opened(company) as log:
        assert texts(log) == [f'{{"text":"{n}"}}' for n in range(7)]


@pytest.mark.parametrize(("missing", "positions"), [(0, {1, 2}), (1, {3, 4})])
def test_a_missing_segment_is_named_by_the_positions_it_held(company, missing, positions):
    (company / "journal" / names(company)[missing]).unlink()
    found = verify_folder(company).findings
    assert {finding.position for finding in found if "its line is missing" in finding.what} == positions
    assert all(finding.where == "journal" for finding in found)


def test_a_changed_header_is_named(company):
    path = company / "journal" / names(company)[1]
    healthy = path.read_bytes()
    for at in range(healthy.index(b"\n")):
        content = bytearray(healthy)
        content[at] ^= 1
        path.write_bytes(content)
        lines = inspect((each, None) for each in segment_paths(path.parent))
        assert next(line.position for line in lines if line.problem) == 3, f"byte {at}"


def test_a_crash_between_two_segments_loses_nothing(company):
    with opened(company) as log:
        append(log, note("a", "6"))
    last = company / "journal" / names(company)[-1]
    with last.open("rb") as file:
        header = len(file.readline())
    os.truncate(last, header)  # begun, but the append that began it never came
    (company / "company.duckdb").unlink()
    with opened(company) as log:
        assert len(texts(log)) == 6
        assert append(log, note("a", "again")).positions == (7,)
        assert log.verify().findings == ()
