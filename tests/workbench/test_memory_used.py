"""Memory at work: what a proposal used stands in its row, and what became of the row says what use it was."""

import pytest
from shop import SETTINGS
from typer.testing import CliRunner

from opc_kernel.approvals.queue import rows_of
from opc_kernel.approvals.row import Question, content_hash
from opc_kernel.event import ANY_VERSION, Write
from opc_kernel.memory.entity import EntityFound, entity_stream
from opc_kernel.memory.fact import FactAsserted, fact_stream
from opc_kernel.memory.item import ItemKept
from opc_kernel.memory.normal import name_key
from workbench.cli.main import app
from workbench.summary import row_text
from workbench.view_row import row_html

ON = SETTINGS + "[books.reminders]\non = true\n"
COLUMNS = "number,direction,customer,issued_on,due_on,amount,currency,kind,corrects,email\n"
SANDTOR = "RE-2026-001,out,Sandtor GmbH,2026-10-01,2026-10-15,1190.00,EUR,,,office@sandtor.example"


@pytest.fixture
def shop(found, tmp_path, monkeypatch):
    """Return a company with reminders and no model, on 2 November 2026: Sandtor is late."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return found(ON)


def says(shop, predicate, value, *, name="Sandtor GmbH", kind="firm", origin="operator", sources=()):
    """Keep a fact; return its stream."""
    subject = entity_stream(kind, name_key(kind, name))
    stream = fact_stream(subject, predicate, value)
    fact = FactAsserted(subject=subject, predicate=predicate, value=value, origin=origin, sources=sources)
    shop.company.append([Write(stream=stream, data=fact, actor="me")], expected={stream: ANY_VERSION})
    return stream


def owes(shop):
    shop.take(COLUMNS + SANDTOR + "\n", "invoices.csv")
    shop.company.remember()
    return shop


def test_what_is_known_of_the_customer_stands_in_the_reminder_with_its_source(shop):
    owes(shop)
    (source,) = shop.ask("SELECT event_id, position FROM event WHERE type = 'books.invoice_issued'")
    fact = says(shop, "prefers", "letters to the office, not to Ms Brandt", sources=(source[0],))
    shop.work()

    row = shop.row()

    assert row.memories == (fact,)
    assert "Known of Sandtor GmbH, preferred: letters to the office, not to Ms Brandt" in row.reason
    line = f"prefers: letters to the office, not to Ms Brandt  [{source[1]}]"
    shown = CliRunner().invoke(app, ["queue", "show", row.short, "--company", str(shop.folder)]).stdout
    assert f"Remembered:\n  {line}" in shown
    assert f"<li>{line}</li>" in row_html(shop.company, row).text


def test_a_row_shown_by_another_command_tells_what_it_remembers(shop):
    owes(shop)
    says(shop, "prefers", "letters to the office")
    shop.work()

    assert "Remembered:\n  prefers: letters to the office" in row_text(shop.company, shop.row())


def test_a_promised_day_is_waited_for_and_then_the_reminder_comes(shop):
    owes(shop)
    says(shop, "promised", "pays by 2026-11-10")
    shop.work()

    assert shop.queue() == []
    ((why,),) = shop.ask("SELECT reason FROM task WHERE kind = 'books.remind' AND state = 'requested'")
    assert why == "they promised: pays by 2026-11-10, and that day has not passed"

    shop.clock.move(days=9)
    shop.work()
    assert "Known of Sandtor GmbH, promised: pays by 2026-11-10" in shop.row().reason


def test_what_a_mail_promises_is_shown_and_defers_nothing(shop):
    owes(shop)
    anna = {"name": "Anna Brandt", "kind": "person"}
    met = EntityFound(kind="person", name="Anna Brandt")
    stream = entity_stream("person", name_key("person", "Anna Brandt"))
    shop.company.append([Write(stream=stream, data=met, actor="memory")], expected={stream: ANY_VERSION})
    says(shop, "works_at", "Sandtor GmbH", origin="message", **anna)
    says(shop, "promised", "pays by 2026-11-10", origin="message", **anna)
    shop.work()

    assert "Known of Anna Brandt, promised: pays by 2026-11-10" in shop.row().reason


@pytest.mark.parametrize(
    "said", ["pays by 2027-12-01", "pays by 2026-02-31", "pays soon", "paid on 2026-11-01"]
)
def test_a_promise_without_a_day_that_can_be_waited_for_defers_nothing(shop, said):
    owes(shop)
    says(shop, "promised", said)
    shop.work()

    assert "Remind Sandtor GmbH" in shop.row().summary


def test_a_row_that_used_nothing_has_the_hash_it_always_had():
    asked = {"summary": "a", "reason": "b", "facts": (), "options": ({"id": "x", "label": "y"},)}

    assert content_hash(Question(**asked)) == content_hash(Question(**asked, memories=None))
    assert content_hash(Question(**asked)) != content_hash(Question(**asked, memories=("fact/1",)))


def test_what_was_decided_on_a_row_counts_for_the_memories_it_used(shop):
    owes(shop)
    fact = says(shop, "note", "pays when reminded")
    shop.work()
    used = "SELECT stream, named, approved, rejected FROM memory_use"
    assert shop.ask(used) == [(fact, 1, 0, 0)]

    row = shop.row()
    assert shop.decide(row, "approve").accepted

    assert shop.ask(used) == [(fact, 1, 1, 0)]
    assert rows_of(shop.company, [row.key])[0].memories == (fact,)


def test_items_behind_what_was_approved_come_first_among_equals(shop):
    for name in ("a", "b"):
        data = ItemKept(kind="note", text="Sandtor pays when reminded", sources=(f"said-{name}",))
        shop.company.append(
            [Write(stream=f"item/{name}", data=data, actor="me")], expected={f"item/{name}": ANY_VERSION}
        )
    owes(shop)
    says(shop, "note", "pays when reminded", sources=("said-b",))
    shop.work()
    assert shop.decide(shop.row(), "approve", work=False).accepted

    found = shop.company.recall("Who pays when reminded?", kinds=["note"])

    assert [each.item.stream for each in found] == ["item/b", "item/a"]
