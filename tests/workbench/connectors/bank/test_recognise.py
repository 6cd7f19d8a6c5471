"""Any content at all: a reading, or a refusal with a word for the operator; never another error."""

import time
from contextlib import suppress

import pytest
from golden import expected, golden_files
from hypothesis import given, settings
from hypothesis import strategies as st

from opc_kernel.errors import KernelError
from workbench.connectors.bank.errors import NotAStatement, Refused
from workbench.connectors.bank.recognise import read_statement

FILES = {
    path.name: path.read_bytes()
    for path in golden_files().values()
    if '"statements": [' in expected(path).read_text("utf-8")
    and '"asked":' not in expected(path).read_text("utf-8")
}
CAMT = '<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.02"><BkToCstmrStmt><Stmt>'
MEGABYTE = 2**20
MAY_END_EARLIER = (".csv", ".sta", ".qif")
"""Behind any whole row, statement or record: these formats have no end of their own."""

any_file = st.sampled_from(sorted(FILES))


@pytest.mark.parametrize("name", FILES)
def test_the_content_decides_whatever_the_name_says(name):
    assert read_statement(FILES[name], name="holiday.jpg") == read_statement(FILES[name])


@pytest.mark.parametrize(
    "content", [b"", b"hello", b"PK\x03\x04\0\0", b"%PDF-1.7\n", b"\x89PNG\r\n\x1a\n\0", b"\0" * 99]
)
def test_what_is_no_statement_is_left_to_other_readers(content):
    with pytest.raises(NotAStatement):
        read_statement(content)


def test_a_refusal_names_the_file_what_happened_and_what_to_do():
    with pytest.raises(KernelError) as refusal:
        read_statement(FILES["giro.ofx"][:-20], name="january.ofx")
    assert refusal.value.happened.startswith("january.ofx is refused: it does not end with </OFX>")
    assert "Download the statement" in refusal.value.todo


@given(name=any_file, share=st.floats(0, 1))
@settings(max_examples=150, deadline=None)
def test_a_file_cut_anywhere_is_refused_or_lost_whole_rows_only(name, share):
    whole = FILES[name]
    cut = whole[: int(len(whole) * share)]
    try:
        reading = read_statement(cut)
    except Refused:
        return
    known = {line for statement in read_statement(whole).statements for line in statement.lines}
    kept = [line for statement in reading.statements for line in statement.lines]
    assert name.endswith(MAY_END_EARLIER) or cut.strip() == whole.strip()
    assert known.issuperset(kept[:-1]), "all but a last cell, whose end a CSV does not show"


@given(
    name=any_file,
    at=st.floats(0, 1),
    gone=st.integers(0, 20),
    put=st.one_of(
        st.binary(max_size=8), st.sampled_from([b"<", b"&#0;", b"<!--", b'"', b"\0", b"9" * 40, b"1e9"])
    ),
)
@settings(max_examples=300, deadline=None)
def test_a_file_changed_anywhere_is_read_or_refused(name, at, gone, put):
    whole = FILES[name]
    place = int(len(whole) * at)
    with suppress(Refused):
        read_statement(whole[:place] + put + whole[place + gone :])


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"<OFX>" + b" " * (20 * MEGABYTE), id="more than 20 MB"),
        pytest.param((CAMT + "<a>" * (5 * MEGABYTE)).encode(), id="elements without end"),
        pytest.param((CAMT + "<a " + 'b="" ' * (2 * MEGABYTE)).encode(), id="attributes without end"),
        pytest.param(b"<OFX>" + b"<!--" * (4 * MEGABYTE) + b"</OFX>", id="comments that never end"),
        pytest.param(b"<OFX><MEMO>" + b"&amp;" * (3 * MEGABYTE) + b"</OFX>", id="one endless text"),
        pytest.param(b":20:1\n:25:1\n" + b":61:\n" * (3 * MEGABYTE), id="transactions without end"),
        pytest.param(b":20:1\n:25:1\n:61:" + b"1" * (15 * MEGABYTE), id="one endless field"),
        pytest.param(b"!Type:Bank\n" + b"^\n" * (5 * MEGABYTE), id="records without end"),
        pytest.param(b"Date;Amount\n" + b"2024-01-31;1\n" * 200_041, id="too many rows"),
        pytest.param(b"Date;Amount\n" + b"ab;" * (5 * MEGABYTE), id="too many cells"),
    ],
)
def test_hostile_size_is_refused_before_it_costs_time(content):
    started = time.perf_counter()
    with pytest.raises(Refused):
        read_statement(content)
    assert time.perf_counter() - started < 5, "some tenths of a second on an idle machine"
