"""Bombs in every format: each is refused in a child process within two seconds and 256 MB (X2)."""

import gzip
import io
import json
import struct
import subprocess
import sys
import zipfile
import zlib
from pathlib import Path

import pytest
from hostile_child import CPU_SECONDS, GROWTH_BYTES

HERE = Path(__file__).parent
GIRO = (HERE / "files/camt/giro.camt053.xml").read_bytes()
CAMT = b'<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.02"><BkToCstmrStmt>'
MEGABYTE = 2**20
FULL, QUICK = 20 * MEGABYTE - 4096, 8 * MEGABYTE
"""As large as a file may be, for what is larger is turned down unread; and as large as `make test` has time for."""

SIZE = QUICK


def document(declared: str, used: str) -> bytes:
    """A CAMT document with a document type, and `used` where its name stands."""
    declaration = f'<?xml version="1.0"?><!DOCTYPE Document [{declared}]>'
    return declaration.encode() + GIRO.partition(b"?>")[2].replace(b"<MsgId>M1", f"<MsgId>{used}".encode())


def laughs() -> str:
    steps = (f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    return '<!ENTITY l0 "lol">' + "".join(steps)


def ofx(inside: bytes) -> bytes:
    return (
        b"OFXHEADER:100\n\n<OFX><STMTTRNRS><STMTRS><CURDEF>EUR<BANKACCTFROM><ACCTID>1</BANKACCTFROM><BANKTRANLIST>"
        + inside
        + b"</BANKTRANLIST></STMTRS></STMTTRNRS></OFX>"
    )


def repeated(piece: bytes) -> bytes:
    return piece * (SIZE // len(piece))


def packed(members: dict[str, bytes]) -> bytes:
    into = io.BytesIO()
    with zipfile.ZipFile(into, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return into.getvalue()


def nested(depth: int) -> bytes:
    content = packed({"a.xml": GIRO})
    for _ in range(depth):
        content = packed({"inner.zip": content})
    return content


def understated() -> bytes:
    """A member of 100 MB whose directory and header say 9."""
    content = bytearray(packed({"a.csv": bytes(100 * MEGABYTE)}))
    for signature, offset in ((b"PK\x01\x02", 24), (b"PK\x03\x04", 22)):
        place = content.index(signature) + offset
        content[place : place + 4] = struct.pack("<I", 9)
    return bytes(content)


def overlapping(count: int) -> bytes:
    """Many names for one packed member."""
    packed_part = zlib.compressobj(9, zlib.DEFLATED, -15)
    body = packed_part.compress(bytes(MEGABYTE)) + packed_part.flush()
    sizes = struct.pack("<III", zlib.crc32(bytes(MEGABYTE)), len(body), MEGABYTE)
    local = (
        b"PK\x03\x04"
        + struct.pack("<HHHHH", 20, 0, 8, 0, 33)
        + sizes
        + struct.pack("<HH", 1, 0)
        + b"a"
        + body
    )
    directory = b"".join(
        b"PK\x01\x02"
        + struct.pack("<HHHHHH", 20, 20, 0, 8, 0, 33)
        + sizes
        + struct.pack("<HHHHHII", 5, 0, 0, 0, 0, 0, 0)
        + b"%05d" % number
        for number in range(count)
    )
    end = struct.pack("<HHHHIIH", 0, 0, count % 65536, count % 65536, len(directory), len(local), 0)
    return local + directory + b"PK\x05\x06" + end


def workbook(sheet: str) -> bytes:
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    return packed(
        {
            "[Content_Types].xml": (
                '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
                '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
                f'<Override PartName="/xl/workbook.xml" ContentType="{kind}.sheet.main+xml"/>'
                f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{kind}.worksheet+xml"/></Types>'
            ).encode(),
            "_rels/.rels": (
                b'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
                b'<Relationship Id="r1" Target="xl/workbook.xml" '
                b'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument"/>'
                b"</Relationships>"
            ),
            "xl/workbook.xml": (
                b'<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" '
                b'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships">'
                b'<sheets><sheet name="A" sheetId="1" r:id="r1"/></sheets></workbook>'
            ),
            "xl/_rels/workbook.xml.rels": (
                b'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
                b'<Relationship Id="r1" Target="worksheets/sheet1.xml" '
                b'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet"/>'
                b"</Relationships>"
            ),
            "xl/worksheets/sheet1.xml": (
                '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
                f"<sheetData>{sheet}</sheetData></worksheet>"
            ).encode(),
        }
    )


CELL = '<row r="{row}"><c r="{place}" t="inlineStr"><is><t>Date</t></is></c></row>'
TRANSACTION = b"<STMTTRN><DTPOSTED>20240105<TRNAMT>1<FITID>1</STMTTRN>"
ENTRY = b'<Ntry><Amt Ccy="EUR">1</Amt><CdtDbtInd>DBIT</CdtDbtInd></Ntry>'

BOMBS = {
    "camt: billion laughs": lambda: document(laughs(), "&l9;"),
    "camt: quadratic blow-up": lambda: document(f'<!ENTITY a "{"a" * 30_000}">', "&a;" * 100_000),
    "camt: external entity, file": lambda: document('<!ENTITY a SYSTEM "file:///etc/passwd">', "&a;"),
    "camt: external entity, http": lambda: document('<!ENTITY a SYSTEM "http://127.0.0.1:9/a">', "&a;"),
    "camt: parameter entity": lambda: document('<!ENTITY % p SYSTEM "http://127.0.0.1:9/a"> %p;', "x"),
    "camt: external document type": lambda: b'<!DOCTYPE Document SYSTEM "http://127.0.0.1:9/a">' + GIRO,
    "camt: entities in utf-16": lambda: document(laughs(), "&l9;").decode().encode("utf-16"),
    "camt: elements inside each other": lambda: CAMT + repeated(b"<a>"),
    "camt: elements inside each other, within limits": lambda: CAMT + b"<a>" * 500_000,
    "camt: elements inside each other, and closed": lambda: CAMT + b"<a>" * 500_000 + b"</a>" * 500_000,
    "camt: attributes of one element": lambda: (
        CAMT + b"<a " + b"".join(b'a%d="" ' % number for number in range(100_000)) + b"/>"
    ),
    "camt: attributes without end": lambda: CAMT + b"<a " + repeated(b'b="" '),
    "camt: elements without end": lambda: CAMT + repeated(b"<Ntry/>"),
    "camt: entries that are not whole": lambda: (
        CAMT + b"<Stmt>" + ENTRY * 140_000 + b"</Stmt></BkToCstmrStmt></Document>"
    ),
    "camt: namespaces": lambda: CAMT + b"".join(b'<a xmlns:n%d="u">' % number for number in range(100_000)),
    "camt: one endless text": lambda: CAMT + b"<Stmt><Id>" + b"a" * SIZE,
    "camt: a name of 20 MB": lambda: CAMT + b"<" + b"a" * SIZE,
    "ofx: tags inside each other": lambda: ofx(repeated(b"<a>")),
    "ofx: values without end": lambda: ofx(repeated(b"<NAME>x")),
    "ofx: values without end, within limits": lambda: ofx(b"<STMTTRN>" + b"<NAME>x" * 590_000),
    "ofx: transactions that are not whole": lambda: ofx(TRANSACTION * 50_000 + b"<STMTTRN><NAME>x</STMTTRN>"),
    "ofx: comments that never end": lambda: b"<OFX>" + repeated(b"<!--") + b"</OFX>",
    "ofx: sections that never end": lambda: b"<OFX>" + repeated(b"<![CDATA[") + b"</OFX>",
    "ofx: half tags": lambda: ofx(repeated(b"<A ")),
    "ofx: entities": lambda: ofx(b"<MEMO>" + repeated(b"&amp;")),
    "ofx: a document type": lambda: ofx(b"<!DOCTYPE a [" + laughs().encode() + b"]>"),
    "ofx: a number of 20 MB": lambda: ofx(b"<STMTTRN><DTPOSTED>20240105<TRNAMT>" + b"9" * SIZE),
    "mt940: transactions without end": lambda: (
        b":20:1\n:25:1\n:28C:1\n:60F:C240101EUR1,\n" + repeated(b":61:2401020102D1,NMSC\n")
    ),
    "mt940: lines of one field": lambda: b":20:1\n:25:1\n:60F:C240101EUR1,\n:86:" + repeated(b"a\n"),
    "mt940: one endless line": lambda: b":20:1\n:25:1\n:61:" + b"1" * SIZE,
    "mt940: blanks": lambda: b":20:1\n" + b" " * SIZE,
    "qif: records without end": lambda: b"!Type:Bank\n" + repeated(b"D1/1'24\nT1\n^\n"),
    "qif: one endless line": lambda: b"!Type:Bank\nM" + b"a" * SIZE,
    "csv: one endless cell": lambda: b'Date,Amount\n"' + b"a" * SIZE,
    "csv: cells without end": lambda: b"Date,Amount\n" + repeated(b","),
    "csv: rows without end": lambda: b"Date,Amount\n" + repeated(b"2024-01-01,1\n"),
    "csv: quotes": lambda: b"Date,Amount\n" + repeated(b'""'),
    "zip: one member that swells": lambda: packed({"a.csv": bytes(120 * MEGABYTE)}),
    "zip: a member larger than it says": understated,
    "zip: many names for one member": lambda: overlapping(400),
    "zip: names without end": lambda: overlapping(300_000),
    "zip: zips inside each other": lambda: nested(20),
    "zip: within it a bomb": lambda: packed({"a.xml": document(laughs(), "&l9;")}),
    "zip: bytes that repeat its signatures": lambda: packed({"a": b""}) + repeated(b"PK\x05\x06"),
    "gzip: a body": lambda: gzip.compress(bytes(120 * MEGABYTE), 1),
    "xlsx: one far cell": lambda: workbook(
        CELL.format(row=1, place="A1") + CELL.format(row=1_048_576, place="XFD1048576")
    ),
    "xlsx: rows without end": lambda: workbook("<row/>" * 3_000_000),
    "xlsx: a sheet that swells": lambda: workbook(" " * 120 * MEGABYTE),
    "xlsx: a document type": lambda: packed(
        {"xl/workbook.xml": document(laughs(), "&l9;"), "[Content_Types].xml": b"<Types/>"}
    ),
}


def detonated(folder: Path) -> dict[str, dict]:
    paths = []
    for number, bomb in enumerate(BOMBS.values()):
        paths.append(folder / str(number))
        paths[-1].write_bytes(bomb())
    ran = subprocess.run(
        [sys.executable, str(HERE / "hostile_child.py"), *map(str, paths)],
        capture_output=True,
        check=True,
        text=True,
        cwd=HERE.parents[3],
        env={"PYTHONPATH": str(HERE.parents[3]), "PATH": "/usr/bin:/bin"},
    )
    for path in paths:
        path.unlink()
    return dict(zip(BOMBS, map(json.loads, ran.stdout.splitlines()), strict=True))


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory):
    return detonated(tmp_path_factory.mktemp("bombs"))


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_is_refused_before_it_costs_time_or_memory(outcomes, name):
    found = outcomes[name]

    assert found["outcome"].startswith("refused: "), found
    assert found["seconds"] <= CPU_SECONDS
    assert found["grown"] <= GROWTH_BYTES


@pytest.mark.soak
def test_bombs_as_large_as_a_file_may_be(tmp_path, monkeypatch):
    monkeypatch.setattr(sys.modules[__name__], "SIZE", FULL - 4096)

    found = detonated(tmp_path)

    assert {name: each for name, each in found.items() if not each["outcome"].startswith("refused: ")} == {}
    assert max(each["seconds"] for each in found.values()) <= CPU_SECONDS
    assert max(each["grown"] for each in found.values()) <= GROWTH_BYTES
