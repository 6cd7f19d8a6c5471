"""Workbooks that would take a reader's time or memory: what each puts into an ordinary one."""

import zipfile
from io import BytesIO

SHEET, STYLES, BOOK = "xl/worksheets/sheet1.xml", "xl/styles.xml", "xl/workbook.xml"
DTD = b'<?xml version="1.0"?><!DOCTYPE x [%s]><x>&a;</x>'
LAUGHS = b'<!ENTITY z "ha">' + b"".join(
    b'<!ENTITY %c "%s">' % (letter, b"&%c;" % (letter + 1) * 10) for letter in b"abcdefghijklmnopqrstuvwxy"
)


def behind(tag, content, part=SHEET):
    """Put `content` behind the first `tag` of a part."""

    def change(parts):
        assert tag in parts[part]
        parts[part] = parts[part].replace(tag, tag + content, 1)

    return change


def instead(content, part=SHEET):
    return lambda parts: parts.update({part: content})


def nested_zip(parts):
    inner = BytesIO()
    with zipfile.ZipFile(inner, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("x", bytes(50 * 2**20))
    parts["xl/media/inner.zip"] = inner.getvalue()


def many(each, times):
    return b"".join(each % number for number in range(1, times + 1))


def before(tag, content, part=SHEET):
    """Put `content` before the first `tag` of a part."""

    def change(parts):
        assert tag in parts[part]
        parts[part] = parts[part].replace(tag, content + tag, 1)

    return change


def listed(kind, each, times):
    """Put a list of so many behind the cells."""
    return behind(b"</sheetData>", b"<%s>%s</%s>" % (kind, many(each, times), kind))


FORMAT = (
    b'<conditionalFormatting sqref="A%d"><cfRule type="expression" priority="1"><formula>1</formula></cfRule>'
    b"</conditionalFormatting>"
)
DROPDOWN = b'<dataValidation type="list" sqref="A%d"><formula1>x</formula1></dataValidation>'
LINK_OVER_ALL = b'<hyperlinks><hyperlink ref="A1:XFD1048576" location="x"/></hyperlinks>'
UTF_16 = (DTD % LAUGHS).decode().replace('"1.0"?>', '"1.0" encoding="UTF-16"?>').encode("utf-16")
DATA = b"<sheetData>"
BOMBS = {
    "400 MB of one letter": instead(b"<worksheet><sheetData>" + b"A" * 400 * 2**20),
    "400 MB in parts": lambda parts: parts.update(
        {f"xl/media/{n}.bin": bytes(40 * 2**20) for n in range(10)}
    ),
    "a zip in the zip": nested_zip,
    "3,000 parts": lambda parts: parts.update({f"xl/media/{number}": b"x" for number in range(3_000)}),
    "a cell at the far end": behind(DATA, b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'),
    "a million cells": behind(DATA, many(b'<row r="%d"><c><v>1</v></c></row>', 1_000_000)),
    "a million empty rows": behind(DATA, many(b'<row r="%d" ht="9" customHeight="1"/>', 1_000_000)),
    "a million merged ranges": listed(b"mergeCells", b'<mergeCell ref="A%d:A9"/>', 1_000_000),
    "a million links": listed(b"hyperlinks", b'<hyperlink ref="A%d" location="x"/>', 1_000_000),
    "a link over everything": behind(b"</sheetData>", LINK_OVER_ALL),
    "100,000 conditional formats": behind(b"</sheetData>", many(FORMAT, 100_000)),
    "200,000 dropdowns": listed(b"dataValidations", DROPDOWN, 200_000),
    "300,000 columns": before(
        DATA, b"<cols>" + many(b'<col min="%d" max="9" width="9"/>', 300_000) + b"</cols>"
    ),
    "300,000 looks": before(b"</cellXfs>", b"<xf/>" * 300_000, STYLES),
    "300,000 letters": before(b"</fonts>", b'<font><sz val="9"/></font>' * 300_000, STYLES),
    "200,000 names": before(
        b"</definedNames>", many(b'<definedName name="n%d">1</definedName>', 200_000), BOOK
    ),
    "100,000 sheets": before(
        b"</sheets>", many(b'<sheet name="n%d" sheetId="9" r:id="rId1"/>', 100_000), BOOK
    ),
    "deep nesting": behind(DATA, b"<row>" * 100_000),
    "100,000 attributes": behind(DATA, b"<row " + many(b'a%d="1" ', 100_000) + b"/>"),
    "a billion laughs": instead(DTD % LAUGHS, BOOK),
    "a quadratic entity": instead(DTD % (b'<!ENTITY a "%s">' % (b"a" * 2**20)), BOOK),
    "a file from the machine": instead(DTD % b'<!ENTITY a SYSTEM "file:///etc/passwd">', BOOK),
    "a page from the net": instead(DTD % b'<!ENTITY a SYSTEM "http://127.0.0.1:9/x">', BOOK),
    "a parameter entity": instead(DTD % b'<!ENTITY %% p SYSTEM "http://127.0.0.1:9/x"> %%p;', BOOK),
    "entities in UTF-16": instead(UTF_16, BOOK),
}
