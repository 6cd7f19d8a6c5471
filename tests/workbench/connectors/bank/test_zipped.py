"""A zip of statements: every member is read, or the zip is refused with the name of the member."""

import io
import zipfile
from pathlib import Path

import pytest

from workbench.connectors.bank.errors import NotAStatement, Refused
from workbench.connectors.bank.recognise import read_statement

FILES = Path(__file__).parent / "files"
CAMT = (FILES / "camt/giro.camt053.xml").read_bytes()
OFX = (FILES / "ofx/giro.ofx").read_bytes()


def packed(members: dict[str, bytes], *, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    packed_into = io.BytesIO()
    with zipfile.ZipFile(packed_into, "w", method) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return packed_into.getvalue()


@pytest.mark.parametrize("method", [zipfile.ZIP_DEFLATED, zipfile.ZIP_STORED])
def test_every_member_is_read_in_the_order_of_the_zip(method):
    february = CAMT.replace(b"<ElctrncSeqNb>31<", b"<ElctrncSeqNb>32<")

    reading = read_statement(packed({"b.xml": CAMT, "a.xml": february}, method=method))

    assert (reading.format, [each.number for each in reading.statements]) == ("camt.053", ["31", "32"])


def test_what_a_computer_packs_along_is_skipped():
    members = {"__MACOSX/._a.xml": b"x", ".DS_Store": b"x", "Thumbs.db": b"x", "folder/": b"", "a.xml": CAMT}

    assert read_statement(packed(members)).statements == read_statement(CAMT).statements


def test_a_member_that_is_there_twice_counts_once():
    assert len(read_statement(packed({"a.xml": CAMT, "copy of a.xml": CAMT})).statements) == 1


@pytest.mark.parametrize(
    ("members", "reason"),
    [
        ({"a.xml": CAMT, "b.xml": CAMT[:-40]}, r"b\.xml, line \d+: its XML is broken or cut off"),
        ({"a.xml": CAMT, "letter.pdf": b"%PDF"}, r"letter\.pdf: its content is none of"),
        ({"a.xml": CAMT, "b.ofx": OFX}, r"several formats \(camt\.053, ofx\)"),
        ({"inner.zip": packed({"a.xml": CAMT})}, r"inner\.zip: it is a zip inside the zip"),
        ({f"{number}.xml": b"" for number in range(501)}, "more than 500 files"),
        ({"zeros.csv": bytes(50 * 2**20)}, "would unpack to 50 MiB"),
    ],
)
def test_one_member_that_cannot_be_read_refuses_the_zip(members, reason):
    with pytest.raises(Refused, match=reason):
        read_statement(packed(members), name="bank.zip")


def test_an_empty_zip_is_no_statement():
    with pytest.raises(NotAStatement):
        read_statement(packed({}))


def test_an_encrypted_member_is_refused():
    content = bytearray(packed({"a.xml": CAMT}))
    content[6] |= 1
    content[content.index(b"PK\x01\x02") + 8] |= 1

    with pytest.raises(Refused, match=r"a\.xml: it is encrypted"):
        read_statement(bytes(content))


def test_a_changed_byte_is_refused_even_where_the_member_is_not_packed():
    content = packed({"a.xml": CAMT}, method=zipfile.ZIP_STORED).replace(b"1190.00", b"1199.00")

    with pytest.raises(Refused, match="does not fit its checksum"):
        read_statement(content)


def test_a_zip_cut_off_is_refused():
    with pytest.raises(Refused, match="damaged zip"):
        read_statement(packed({"a.xml": CAMT})[:-30])
