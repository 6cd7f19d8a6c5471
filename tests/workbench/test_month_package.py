"""The accountant's package: numbers are numbers, texts are never formulas, every file is in the manifest, and nothing
that is not its own is replaced."""

import hashlib
import json
from datetime import date
from decimal import Decimal

import openpyxl
import pytest
from shop import INVOICES, SETTINGS, camt
from typer.testing import CliRunner

from sheets_sync import csv_file
from workbench.cli.main import app
from workbench.closing import request_close
from workbench.company import company_id
from workbench.packaging import NoPlaceForPackage, package_month

OCTOBER = "2026-10"
EVIL = '=HYPERLINK("http://evil.example";"click")'
PAGES = ["Summary", "Lines", "Documents", "Receivables", "Tax", "Evidence"]


@pytest.fixture
def shop(found):
    shop = found(SETTINGS)
    shop.take(
        INVOICES + "RE-2026-001,out,Sandtor GmbH,2026-10-01,2026-10-15,1190.00,EUR\n"
        "RE-2026-002,out,Late GmbH,2026-09-01,2026-09-15,50.00,EUR\n",
        "invoices.csv",
    )
    lines = f"2026-10-05, 1190.00, Sandtor GmbH, RE-2026-001\n2026-10-12, -38.56, Hetzner, {EVIL.replace('&', '')}"
    shop.take(camt(lines, opening="500.00", closing="1651.44"), "october.xml")
    shop.work()
    return shop


@pytest.fixture
def target(tmp_path):
    return tmp_path / "adviser"


def packed(shop, target):
    return package_month(shop.company, OCTOBER, target).path


def manifest(place):
    return json.loads((place / "manifest.json").read_bytes())


def sheet(place, name):
    (path,) = place.glob("*.xlsx")
    return openpyxl.load_workbook(path)[name]


def close(shop):
    row = request_close(shop.company, OCTOBER, channel="cli").row
    shop.decide(row, "approve")


def test_an_open_month_is_packed_as_a_draft(shop, target):
    place = packed(shop, target)

    assert (place / "2026-10-DRAFT.xlsx").exists()
    assert manifest(place)["state"] == "draft"
    assert sheet(place, "Summary")["A1"].value.startswith("DRAFT · My company · October 2026")


def test_the_manifest_names_company_month_log_and_the_hash_of_each_file(shop, target):
    close(shop)
    place = packed(shop, target)
    said = manifest(place)

    ((position, head),) = shop.ask("SELECT position, chain_hash FROM event ORDER BY position DESC LIMIT 1")
    ((closed_by, lines_hash),) = shop.ask("SELECT closed_by, lines_hash FROM month")
    assert (said["company"], said["month"], said["state"]) == (company_id(shop.folder), OCTOBER, "closed")
    assert (said["position"], said["head"]) == (position, head)
    assert (said["closed_by"], said["lines_hash"], said["lines"]) == (closed_by, lines_hash, 2)
    assert said["files"]["lines.jsonl"] == lines_hash
    there = {
        path.relative_to(place).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in place.rglob("*")
        if path.is_file() and path.name != "manifest.json"
    }
    assert there == said["files"]


def test_numbers_are_numbers_days_are_days_and_texts_are_no_formulas(shop, target):
    place = packed(shop, target)
    lines = sheet(place, "Lines")
    header = {cell.value: cell.column for cell in lines[4]}
    first, second = lines[5], lines[6]

    def cell(row, title):
        return row[header[title] - 1]

    assert (cell(first, "Day").value.date(), cell(first, "Amount").value) == (date(2026, 10, 5), 1190)
    assert cell(first, "Amount").number_format == "#,##0.00##"
    assert (cell(second, "Text").value, cell(second, "Text").data_type) == (EVIL, "s")
    assert cell(second, "Text").quotePrefix
    assert (place / "lines.csv").read_text("utf-8-sig").splitlines()[2].count("'=HYPERLINK") == 1


def test_each_page_stands_in_the_workbook_and_as_csv(shop, target):
    place = packed(shop, target)
    (path,) = place.glob("*.xlsx")

    assert openpyxl.load_workbook(path).sheetnames == PAGES
    for page in PAGES:
        rows = csv_file.read((place / f"{page.lower()}.csv").read_bytes())
        stated = [cell.value for cell in sheet(place, page)[4]]
        assert rows[0] == stated
        assert len(rows) == sheet(place, page).max_row - 3


def test_each_line_names_the_event_that_maps_it_and_who_decided(shop, target):
    rows = csv_file.read((packed(shop, target) / "evidence.csv").read_bytes())
    told = [dict(zip(rows[0], row, strict=True)) for row in rows[1:]]

    mapped = {event_id for (event_id,) in shop.ask("SELECT event_id FROM event WHERE type LIKE 'books.%'")}
    assert all(each["Mapping event"] in mapped for each in told)
    assert [each["Decided by"] for each in told] == ["automatic", "automatic"]
    assert told[1]["Reason"] == "your rule for 'software' covers it"
    assert "invoices.csv" in told[0]["Files"]


def test_the_papers_of_its_documents_are_copied_as_they_came(shop, target):
    (paper,) = (packed(shop, target) / "receipts").iterdir()

    assert paper.name.endswith(" invoices.csv")
    assert paper.read_bytes() == (shop.inbox / "invoices.csv").read_bytes()


def test_a_paper_that_is_gone_is_named_as_missing(shop, target):
    digest = hashlib.sha256((shop.inbox / "invoices.csv").read_bytes()).hexdigest()
    (shop.folder / "raw" / digest).unlink()

    done = package_month(shop.company, OCTOBER, target)

    assert done.missing == ("invoices.csv",)
    assert manifest(done.path)["missing"] == ["invoices.csv"]


def test_what_was_owed_stands_by_document_with_its_age(shop, target):
    rows = csv_file.read((packed(shop, target) / "receivables.csv").read_bytes())

    assert rows[1] == [
        "Receivables", "RE-2026-002", "Late GmbH", "2026-09-01", "2026-09-15", "31-60 days overdue", "46", "50.00",
        "EUR",
    ]  # fmt: skip


def test_the_sums_of_the_pages_agree(shop, target):
    place = packed(shop, target)

    def column(page, title):
        rows = csv_file.read((place / f"{page}.csv").read_bytes())
        return [Decimal(row[rows[0].index(title)]) for row in rows[1:]]

    assert sum(column("lines", "Amount")) == sum(column("evidence", "Amount")) == Decimal("1151.44")
    assert sum(column("tax", "Gross")) == Decimal("1151.44")


def test_written_again_it_replaces_itself(shop, target):
    packed(shop, target)
    close(shop)

    place = packed(shop, target)

    assert manifest(place)["state"] == "closed"
    assert [path.name for path in target.iterdir()] == [OCTOBER]
    assert not (place / "2026-10-DRAFT.xlsx").exists()


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (lambda place: (place / "note.txt").write_text("mine"), "note.txt lies there"),
        (lambda place: (place / "tax.csv").write_text("mine"), "tax.csv was changed there"),
        (lambda place: (place / "manifest.json").write_text("{}"), "no package of a month"),
        (lambda place: (place / "manifest.json").unlink(), "no package of a month"),
    ],
)
def test_what_is_not_its_own_is_not_replaced(shop, target, spoil, reason):
    place = packed(shop, target)
    spoil(place)
    before = {path: path.read_bytes() for path in place.rglob("*") if path.is_file()}

    with pytest.raises(NoPlaceForPackage, match=reason):
        packed(shop, target)
    assert {path: path.read_bytes() for path in place.rglob("*") if path.is_file()} == before


def test_it_is_not_written_among_the_companys_own_files(shop):
    with pytest.raises(NoPlaceForPackage):
        packed(shop, shop.folder / "raw")


def test_another_companys_package_is_not_replaced(shop, target):
    place = packed(shop, target)
    said = manifest(place) | {"company": "another"}
    (place / "manifest.json").write_text(json.dumps(said))

    with pytest.raises(NoPlaceForPackage, match="another company"):
        packed(shop, target)


def test_the_command_says_where_it_lies(shop, target):
    done = CliRunner().invoke(app, ["month", "package", OCTOBER, str(target), "--company", str(shop.folder)])

    assert done.stdout == f"9 files in {target.resolve() / OCTOBER}, of a month that is draft.\n"
