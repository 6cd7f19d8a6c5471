"""An append that was never finished is no append, wherever it broke off; what was acknowledged stays."""

import pytest
from log_examples import append, note, opened, segment, texts

from opc_kernel.log.errors import JournalDamaged, LogsDisagree
from opc_kernel.log.journal import Journal, read_segments, whole_end


def written(folder, *appends):
    """Store some appends and return the journal's size after each."""
    sizes = []
    with opened(folder) as log:
        for texts_ in appends:
            append(log, *(note("a", text) for text in texts_))
            sizes.append(segment(folder).stat().st_size)
    return sizes


@pytest.mark.parametrize("last", [["two"], ["two", "three"]], ids=["one event", "two events"])
def test_the_whole_record_is_found_at_every_length_of_the_last_one(folder, last):
    first, whole = written(folder, ["one"], last)
    path, content = segment(folder), segment(folder).read_bytes()
    for length in range(first, whole):
        path.write_bytes(content[:length])
        end, tail = whole_end(read_segments(folder / "journal")[0])
        assert (end, tail.position) == (first, 1), f"cut after {length} bytes"


@pytest.mark.parametrize("share", [0.0, 0.01, 0.5, 0.99])
@pytest.mark.parametrize("last", [["two"], ["two", "three"]], ids=["one event", "two events"])
def test_the_torn_bytes_go_to_quarantine_and_the_log_goes_on(folder, last, share):
    (first,) = written(folder, ["one"])
    database = (folder / "company.duckdb").read_bytes()
    written(folder, last)
    whole = segment(folder).stat().st_size
    cut = first + 1 + int(share * (whole - first - 2))
    torn = segment(folder).read_bytes()[first:cut]
    segment(folder).write_bytes(segment(folder).read_bytes()[:cut])
    (folder / "company.duckdb").write_bytes(database)  # as it was before the last append

    with opened(folder) as log:
        assert texts(log) == ['{"text":"one"}']
        assert log.mended == (
            f"an append that was never finished ({len(torn)} bytes) was moved to quarantine/",
        )
        (kept,) = (folder / "quarantine").iterdir()
        assert kept.read_bytes() == torn
        append(log, note("a", "four"))
        assert log.verify().findings == ()
    with opened(folder) as log:
        assert texts(log) == ['{"text":"one"}', '{"text":"four"}']
        assert log.mended == ()


def test_a_record_with_a_hole_is_torn_too(folder):
    first, whole = written(folder, ["one"], ["two", "three"])
    content = bytearray(segment(folder).read_bytes())
    content[first + 50 : first + 90] = bytes(40)  # a page that never reached the disk
    segment(folder).write_bytes(content)
    journal = Journal(folder / "journal")
    assert (journal.tail.position, journal.torn_bytes) == (1, whole - first)
    journal.close()


def test_an_acknowledged_record_is_never_cut(folder):
    _, whole = written(folder, ["one"], ["two"])
    segment(folder).write_bytes(segment(folder).read_bytes()[: whole - 1])
    with pytest.raises(LogsDisagree, match="the database goes on to 2, the journal ends here"):
        opened(folder)
    assert segment(folder).stat().st_size == whole - 1
    assert not (folder / "quarantine").exists()


def test_more_than_the_last_append_is_damage_and_nothing_is_cut(folder):
    sizes = written(folder, ["one"], ["two"], ["three"])
    content = bytearray(segment(folder).read_bytes())
    content[sizes[0] + 60] ^= 1
    content[sizes[1] + 60] ^= 1
    segment(folder).write_bytes(content)
    with pytest.raises(JournalDamaged, match="more than the last append"):
        opened(folder)
    assert segment(folder).read_bytes() == content
