"""The demo company's people: what its mails, notes, cards and papers come to in memory, as its README says."""

from datetime import date

import pytest
from books_demo import DEMO
from post import facts, remember, said

from opc_kernel.sql import load_sql
from workbench.company import own_company
from workbench.founding import found
from workbench.ingest import Ingestion

WORDS = ("agreed", "contacts", "goals", "mail", "notes")


class Demo:
    """The demo company with its words taken in, and none of its money."""

    def __init__(self, folder):
        found(folder, demo=True)
        self.company = own_company(folder)
        self.taker = Ingestion(self.company, folder, self.company.settings, actor="mareike")
        self.papers = sorted(
            path for name in WORDS for path in (DEMO / "inputs" / name).rglob("*") if path.is_file()
        )

    def take(self):
        return [self.taker.ingest(path) for path in self.papers]

    def ask(self, sql, **parameters):
        return self.company.query(sql, **parameters).rows


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    opened = Demo(tmp_path_factory.mktemp("demo") / "acme")
    assert {receipt.status for receipt in opened.take()} == {"read"}
    remember(opened)
    yield opened
    opened.company.close()


def test_taken_in_twice_it_is_the_same(demo):
    before = facts(demo)

    assert {receipt.status for receipt in demo.take()} == {"known"}
    assert facts(demo) == before


def test_what_was_promised_and_asked_for_is_known(demo):
    assert said(demo, "promised") == [("Tomke Voss", "to pay by 2026-11-27")]
    assert said(demo, "consent") == [("Gerrit Poppinga", "no newsletter")]


def test_every_writer_of_a_firm_is_known_by_it(demo):
    assert said(demo, "works_at") == [
        ("Björn Lüders", "Mieterservice Elbe GmbH"),
        ("Carla Menzel", "Druckerei Sandtor GmbH"),
        ("Dana Whitlock", "Cobalt Freight Inc."),
        ("Femke Andresen", "Goldschmiede Amrum"),
        ("Henrik Osthoff", "Papierwerk Lüneburg GmbH"),
        ("Ruben Achterberg", "Hafenkante Events GmbH"),
        ("Sanne Brouwer", "Brouwer Waterbouw B.V."),
        ("Wibke Thomsen", "Nordhafen Logistik GmbH"),
        ("Wiebke Thomsen", "Nordhafen Logistik GmbH"),
    ]


def test_two_papers_disagree_on_one_date(demo):
    assert demo.ask("SELECT predicate, stands, value FROM contradiction") == [
        ("renews_on", "2027-01-01", "2027-02-01")
    ]


def test_what_comes_next_is_found(demo):
    ahead = demo.ask(
        load_sql("workbench.memory", "dates_ahead"), first=date(2026, 11, 20), last=date(2026, 12, 20)
    )

    assert [(f"{row[0]:%d %b}", row[1], row[3]) for row in ahead] == [
        ("30 Nov", "deadline", "Dock scheduling phase 4"),
        ("30 Nov", "notice_by", "Retainer Nordhafen"),
        ("11 Dec", "deadline", "Process survey plant 3"),
        ("15 Dec", "notice_by", "Lease Kontorhaus Brooktor"),
    ]


def test_goals_and_rules_are_there(demo):
    kinds = dict(
        demo.ask("SELECT kind, count(*) FROM entity WHERE kind NOT IN ('person', 'firm') GROUP BY kind")
    )

    assert kinds == {"contract": 2, "project": 2, "intent": 3, "rule": 2}
