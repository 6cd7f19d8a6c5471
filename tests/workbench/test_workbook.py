"""Workbooks that are bombs, broken or locked are turned down before a parser builds them."""

import io
import resource
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from workbench import workbook_child
from workbench.capabilities.books.invoices import read_list
from workbench.refusal import Refused
from workbench.workbook import kind_of, open_workbook

PARTS = {
    "_rels/.rels": (
        '<Relationships xmlns="{pkg}">'
        '<Relationship Id="rId1" Type="{doc}/officeDocument" Target="xl/workbook.xml"/></Relationships>'
    ),
    "xl/workbook.xml": '<workbook xmlns="{main}" xmlns:r="{doc}"><sheets>{names}</sheets></workbook>',
    "xl/_rels/workbook.xml.rels": (
        '<Relationships xmlns="{pkg}">'
        '<Relationship Id="rId1" Type="{doc}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>'
    ),
}
NAMES = {
    "pkg": "http://schemas.openxmlformats.org/package/2006/relationships",
    "doc": "http://schemas.openxmlformats.org/officeDocument/2006/relationships",
    "main": "http://schemas.openxmlformats.org/spreadsheetml/2006/main",
}
ONE = '<row r="1"><c r="A1"><v>1</v></c></row>'
ODS_CELL = (
    '<table:table-cell {}office:value-type="float" office:value="1"><text:p>1</text:p></table:table-cell>'
)
SECONDS, MEGABYTES = 2, 256
XLS = Path(__file__).parent / "connectors/bank/files/sheet/typed.xls"


def xlsx(rows: str, *, sheets: int = 1, after: str = "", **others: str) -> bytes:
    names = "".join(f'<sheet name="s{n}" sheetId="{n}" r:id="rId1"/>' for n in range(1, sheets + 1))
    parts = {name: part.format(**NAMES, names=names) for name, part in PARTS.items()}
    parts["xl/worksheets/sheet1.xml"] = (
        f'<worksheet xmlns="{NAMES["main"]}"><sheetData>{rows}</sheetData>{after}</worksheet>'
    )
    return packed(parts | {f"xl/{name}.xml": part for name, part in others.items()})


def ods(rows: str) -> bytes:
    names = " ".join(
        f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
        for name in ("office", "table", "text")
    )
    table = f"<table:table table:name='a'>{rows}</table:table>"
    body = f"<office:body><office:spreadsheet>{table}</office:spreadsheet></office:body>"
    return packed(
        {
            "mimetype": "application/vnd.oasis.opendocument.spreadsheet",
            "META-INF/manifest.xml": "<manifest/>",
            "content.xml": f"<office:document-content {names}>{body}</office:document-content>",
        }
    )


def packed(parts: dict[str, str]) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, part in parts.items():
            archive.writestr(zipfile.ZipInfo(name), part, zipfile.ZIP_DEFLATED if "xml" in name else None)
    return content.getvalue()


def lying(content: bytes) -> bytes:
    """The last part says in the directory that it holds 1,000 bytes."""
    at = content.rfind(b"PK\x01\x02") + 24
    return content[:at] + (1000).to_bytes(4, "little") + content[at + 4 :]


def far_down(xls: bytes) -> bytes:
    """Its first number stands in the last row and the last column of the sheet."""
    at = xls.index(b"\x03\x02\x0e\x00") + 4
    return xls[:at] + b"\xff\xff\xff\x00" + xls[at + 4 :]


def many_cells(count: int) -> str:
    return "".join(f'<row r="{n}"><c r="A{n}" t="s"><v>0</v></c></row>' for n in range(1, count + 1))


BOMBS = {
    "one far cell": lambda: xlsx(ONE + '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'),
    "one far cell, oddly written": lambda: xlsx(ONE + "<row r='1048576'><c s='0'  r = 'XFD1048576'><v>1</v></c></row>"),
    "a row far down and a cell that follows on": lambda: xlsx(
        '<row r="1"><c r="XFD1"><v>1</v></c></row><row r="1048576"><c><v>1</v></c></row>'
    ),
    "a million merged ranges": lambda: xlsx(
        ONE, after="".join(f'<mergeCell ref="A{n}:B{n}"/>' for n in range(1_000_000))
    ),
    "a text shared by all": lambda: xlsx(
        many_cells(100_000), sharedStrings="<sst><si><t>" + "ab" * 10**5 + "</t></si></sst>"
    ),
    "one sheet under many names": lambda: xlsx(many_cells(100_000), sheets=2000),
    "entities": lambda: xlsx(ONE, styles='<!DOCTYPE a [<!ENTITY b "c"><!ENTITY d "&b;&b;">]><a>&d;</a>'),
    "400 MB of nothing": lambda: xlsx(" " * 400_000_000),
    "a part larger than it says": lambda: lying(xlsx(ONE * 10_000)),
    "thousands of parts": lambda: xlsx(ONE, **{f"part{n}": "x" for n in range(3000)}),
    "an ODS cell repeated": lambda: ods(
        "<table:table-row>"
        + ODS_CELL.format('table:number-columns-repeated="99999999" ')
        + "</table:table-row>"
    ),
    "an ODS row repeated": lambda: ods(
        '<table:table-row table:number-rows-repeated="99999999">' + ODS_CELL.format("") + "</table:table-row>"
    ),
    "an ODS cell far down": lambda: ods(
        '<table:table-row table:number-rows-repeated="1048575"><table:table-cell/></table:table-row>'
        '<table:table-row><table:table-cell table:number-columns-repeated="16383"/>'
        + ODS_CELL.format("")
        + "</table:table-row>"
    ),
    "cut off": lambda: xlsx(ONE * 1000)[:-40],
    "a password": lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504) + "EncryptedPackage".encode("utf-16-le"),
    "one far cell of an XLS": lambda: far_down(XLS.read_bytes()),
    "an XLS that is only its beginning": lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "Workbook".encode("utf-16-le"),
}  # fmt: skip

CHILD = """
import resource, sys, time
from workbench.refusal import Refused
from workbench.workbook import open_workbook
content = sys.stdin.buffer.read()
before, started = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.process_time()
try:
    [list(sheet.rows) for sheet in open_workbook(content).sheets]
except Refused as refusal:
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024
    print(round(time.process_time() - started, 1), grown, refusal.what, sep="|")
"""


@pytest.mark.parametrize("bomb", BOMBS)
def test_a_bomb_is_refused_within_two_seconds_and_256_megabytes(bomb):
    done = subprocess.run(
        [sys.executable, "-c", CHILD],
        input=BOMBS[bomb](),
        capture_output=True,
        cwd=Path(__file__).parents[2],
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (2**30, 2**30)),
        check=True,
        timeout=60,
    )

    seconds, megabytes, reason = done.stdout.decode().split("|")
    assert float(seconds) <= SECONDS
    assert int(megabytes) <= MEGABYTES
    assert reason


def test_a_password_is_named_as_the_reason():
    with pytest.raises(Refused, match=r"it is encrypted\. Save it without a password"):
        open_workbook(BOMBS["a password"]())


def test_an_encrypted_ods_is_named_so_too():
    locked = packed(
        {
            "mimetype": "application/vnd.oasis.opendocument.spreadsheet",
            "META-INF/manifest.xml": "<manifest><encryption-data/></manifest>",
        }
    )

    with pytest.raises(Refused, match="it is encrypted"):
        open_workbook(locked)


def test_a_binary_workbook_is_refused_with_what_to_do():
    with pytest.raises(Refused, match=r"it is a binary workbook \(.xlsb\)\. Save it as .xlsx"):
        open_workbook(packed({"xl/workbook.bin": "x"}))


@pytest.mark.parametrize(
    "parser",
    [
        pytest.param("while True: pass", id="never ends"),
        pytest.param("import os; os.abort()", id="aborts"),
        pytest.param("raise MemoryError", id="fails"),
    ],
)
def test_a_parser_that_goes_down_takes_nobody_with_it(parser, tmp_path, monkeypatch):
    script = tmp_path / "parser.py"
    limited = "import resource; resource.setrlimit(resource.RLIMIT_CPU, (1, 1))\n"
    script.write_text(limited + parser)
    monkeypatch.setattr(workbook_child, "__file__", str(script))

    with pytest.raises(Refused, match="the workbook can't be opened"):
        open_workbook(XLS.read_bytes())


def test_a_list_of_invoices_is_opened_in_the_same_safe_way():
    with pytest.raises(Refused, match="it would unfold to more than 2,000,000 cells"):
        read_list(BOMBS["one far cell"]())


@pytest.mark.parametrize(
    "content", [b"", b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"Date;Amount\n"]
)
def test_other_content_is_no_workbook(content):
    assert kind_of(content) is None
