"""Everything known about one, handed over: a page that needs nothing else, and JSON that names every source."""

import json

import pytest
from typer.testing import CliRunner

from workbench.cli.main import app

BILLS = """
RE-1, out, <b>Sandtor</b> GmbH, 2026-09-01, 2026-10-15, 1190.00, EUR
ER-7, in,  Elbe Papier AG,      2026-10-03, 2026-10-17, 80.00,   EUR
"""


@pytest.fixture
def export(shop):
    def call(*words):
        return CliRunner().invoke(app, ["memory", "export", *words, "--company", str(shop.folder)])

    shop.invoices(BILLS)
    shop.company.close()
    return call


def test_the_json_holds_facts_items_invoices_and_every_event_they_name(export):
    record = json.loads(export("Elbe Papier AG", "--json").stdout)

    assert record["schema"] == "workbench.memory.dossier/1"
    assert [(fact["predicate"], fact["value"], fact["state"]) for fact in record["facts"]] == [
        ("role", "supplier", "stands")
    ]
    assert [item["title"] for item in record["items"]] == ["Bill ER-7"]
    assert [paper["amount"] for paper in record["invoices"]] == ["80.0000"]
    known = {source["event_id"] for source in record["sources"]}
    assert {event for part in ("facts", "items") for row in record[part] for event in row["sources"]} <= known
    assert all(source["position"] > 0 for source in record["sources"])


def test_the_page_needs_no_script_no_file_and_no_network_and_a_name_stays_a_name(export, tmp_path):
    assert export("sandtor", "--to", str(tmp_path / "out")).exit_code == 0

    (page,) = (tmp_path / "out").glob("*.html")
    html = page.read_text()
    assert "&lt;b&gt;Sandtor&lt;/b&gt; GmbH" in html
    assert "<b>Sandtor" not in html
    assert not any(word in html for word in ("<script", "<link", "http://", "https://", "src="))
    assert "default-src 'none'" in html


def test_what_is_there_is_replaced_only_when_told(export, tmp_path):
    export("Elbe Papier AG", "--to", str(tmp_path))
    (page,) = tmp_path.glob("*.html")
    page.write_text("mine")

    refused = export("Elbe Papier AG", "--to", str(tmp_path))
    assert (refused.exit_code, "is there already" in refused.stderr, page.read_text()) == (1, True, "mine")

    assert export("Elbe Papier AG", "--to", str(tmp_path), "--force").exit_code == 0
    assert page.read_text() != "mine"
    assert sorted(path.suffix for path in tmp_path.glob("elbe*")) == [".html", ".json"]


def test_it_wants_to_know_where_it_goes(export):
    done = export("Elbe Papier AG")

    assert (done.exit_code, done.stderr.splitlines()[0]) == (
        2,
        "Say where it goes: --to FOLDER, or --json to print it.",
    )
