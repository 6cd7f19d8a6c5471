"""Read models: what is kept live is what a fold from nothing gives, through upgrades too."""

import duckdb
import pytest
from log_examples import ACCOUNT, NOTE, REGISTRY, SUMMARY, Noted, append, booking, note, opened

from opc_kernel.event import EventData, Registry, Write
from opc_kernel.log.errors import FoldFailed
from opc_kernel.log.read_model import ReadModel, View


def tables(log):
    rows = log.query(
        "SELECT table_name FROM information_schema.tables WHERE table_schema = 'main' ORDER BY 1"
    )
    return [name for (name,) in rows] if rows else []


class TestLive:
    def test_a_table_has_one_row_a_stream(self, durable):
        append(durable, note("a", "one"), note("b", "two"), note("a", "three"), booking("giro", "12.50"))
        assert durable.query(
            "SELECT stream, version, position, text, events FROM note ORDER BY stream"
        ).dicts() == [
            {"stream": "note/a", "version": 2, "position": 3, "text": "three", "events": 2},
            {"stream": "note/b", "version": 1, "position": 2, "text": "two", "events": 1},
        ]

    def test_money_comes_as_decimals(self, durable):
        append(durable, booking("giro", "12.50"), booking("giro", "-0.25"))
        row = durable.query("SELECT balance FROM account").one()
        assert str(row["balance"]) == "12.2500"

    def test_only_touched_streams_are_folded_again(self, durable):
        append(durable, note("a"), note("b"))
        durable.query("FROM note")
        durable._database._connection.execute("UPDATE note SET text = 'untouched' WHERE stream = 'note/b'")
        append(durable, note("a", "new"))
        assert durable.query("SELECT text FROM note ORDER BY stream").rows == [("new",), ("untouched",)]
        assert durable.differences() == {"note": 2, "account": 0}

    def test_a_rebuild_ends_every_difference(self, durable):
        append(durable, note("a"))
        durable.query("FROM note")
        durable._database._connection.execute("DELETE FROM note")
        assert durable.differences()["note"] == 1
        durable.rebuild()
        assert durable.differences() == {"note": 0, "account": 0}
        assert durable.query("SELECT count(*) FROM note").rows == [(1,)]

    def test_a_category_is_more_than_the_beginning_of_a_name(self, durable):
        durable.append(
            [Write(stream="notebook/a", data=Noted(text="x"), actor="me")], expected={"notebook/a": 0}
        )
        assert durable.query("SELECT count(*) FROM note").rows == [(0,)]
        durable.rebuild()
        assert durable.query("SELECT count(*) FROM note").rows == [(0,)]

    def test_a_view_joins_what_is_folded(self, durable):
        append(durable, note("a"), note("a"), note("b"))
        assert durable.query("FROM summary").dicts() == [{"notes": 2, "events": 3}]

    def test_a_fold_that_fails_says_so_and_the_events_stay(self, folder):
        bad = ReadModel(
            name="bad",
            category="note",
            fold="SELECT stream, 1 AS version, max(position) AS position, max((data->>'text')::INTEGER) AS n "
            "FROM folded GROUP BY stream",
        )
        with opened(folder, read_models=[bad], views=[]) as log:
            append(log, note("a", "not a number"))
            for _ in range(2):
                with pytest.raises(
                    FoldFailed, match=r"read model bad.*Could not convert string 'not a number'"
                ):
                    log.query("FROM bad")
            assert append(log, note("a", "next")).positions == (2,)
        with opened(folder) as log:
            assert log.query("SELECT events FROM note").rows == [(2,)]


class TestUpgrades:
    def test_a_new_read_model_is_folded_from_the_beginning(self, folder):
        with opened(folder, read_models=[], views=[]) as log:
            append(log, note("a"), note("a"))
        with opened(folder, read_models=[NOTE], views=[]) as log:
            assert log.query("SELECT events FROM note").rows == [(2,)]

    def test_a_changed_fold_makes_its_table_anew(self, folder):
        with opened(folder) as log:
            append(log, note("a", "hello"))
            log.query("FROM note")
        louder = ReadModel(
            name="note",
            category="note",
            fold=NOTE.fold.replace(
                "count(*) AS events", "count(*) AS events, upper(max(data->>'text')) AS loud"
            ),
        )
        with opened(folder, read_models=[louder, ACCOUNT]) as log:
            assert log.query("SELECT loud FROM note").rows == [("HELLO",)]
            append(log, note("a", "again"), booking("giro", "1"))
            assert log.differences() == {"note": 0, "account": 0}

    def test_a_table_that_lagged_when_another_was_added_catches_up(self, folder):
        with opened(folder, read_models=[NOTE], views=[]) as log:
            append(log, note("a"))
            log.query("FROM note")
            append(log, note("a"), note("b"))
        with opened(folder, read_models=[NOTE, ACCOUNT], views=[]) as log:
            assert log.query("SELECT events FROM note ORDER BY stream").rows == [(2,), (1,)]
            assert log.differences() == {"note": 0, "account": 0}

    def test_what_is_no_longer_declared_is_dropped(self, folder):
        with opened(folder) as log:
            append(log, note("a"))
            assert tables(log) == [
                "account",
                "event",
                "event_now",
                "migration",
                "note",
                "read_model",
                "summary",
            ]
        with opened(folder, read_models=[ACCOUNT], views=[]) as log:
            assert tables(log) == ["account", "event", "event_now", "migration", "read_model"]

    def test_a_view_may_become_a_read_model_and_back(self, folder):
        as_table = ReadModel(name="summary", category="note", fold=NOTE.fold)
        for _ in range(2):
            with opened(folder, read_models=[NOTE], views=[SUMMARY]) as log:
                append(log, note("a"))
                assert log.query("SELECT notes FROM summary").rows == [(1,)]
            with opened(folder, read_models=[NOTE, as_table], views=[]) as log:
                assert log.query("SELECT stream FROM summary").rows == [("note/a",)]

    def test_a_view_may_use_another_view(self, folder):
        more = View(name="more", select="SELECT notes + 1 AS notes FROM summary")
        for _ in range(2):
            with opened(folder, views=[SUMMARY, more]) as log:
                assert log.query("FROM more").rows == [(1,)]


class InvoiceV1(EventData, type="demo.invoiced"):
    total: str


class InvoiceV2(EventData, type="demo.invoiced", version=2):
    total: str
    currency: str

    upcasters = {1: "json_merge_patch(data, json_object('currency', 'EUR'))"}  # noqa: RUF012 - as every event type has it


class InvoiceV3(EventData, type="demo.invoiced", version=3):
    money: dict[str, str]

    upcasters = {  # noqa: RUF012 - as every event type has it
        **InvoiceV2.upcasters,
        2: "json_object('money', json_object('amount', data->>'total', 'currency', data->>'currency'))",
    }


class PaidV2(EventData, type="demo.paid", version=2):
    on: str

    upcasters = {1: "json_object('on', data->>'day')"}  # noqa: RUF012 - as every event type has it


class PaidV1(EventData, type="demo.paid"):
    day: str


def invoiced(model, **data):
    return Write(stream="invoice/1", data=model(**data), actor="me")


INVOICE = ReadModel(
    name="invoice",
    category="invoice",
    fold="SELECT stream, max(version) AS version, max(position) AS position, list(data ORDER BY position) AS said, "
    "list(schema_version ORDER BY position) AS schemas FROM folded GROUP BY stream",
)


class TestUpcasters:
    def test_old_events_are_read_in_the_present_schema_and_never_rewritten(self, folder):
        with opened(folder, Registry([InvoiceV1, PaidV1]), read_models=[INVOICE], views=[]) as log:
            log.append(
                [invoiced(InvoiceV1, total="1.00"), invoiced(PaidV1, day="2026-10-01")],
                expected={"invoice/1": 0},
            )
            (raw, _) = log.read()
        with opened(folder, Registry([InvoiceV2, PaidV2]), read_models=[INVOICE], views=[]) as log:
            log.append([invoiced(InvoiceV2, total="2.00", currency="CHF")], expected={"invoice/1": 2})
            assert [event.text for event in log.read()] == [
                '{"total":"1.00","currency":"EUR"}',
                '{"on":"2026-10-01"}',
                '{"total":"2.00","currency":"CHF"}',
            ]
        with opened(folder, Registry([InvoiceV3, PaidV2]), read_models=[INVOICE], views=[]) as log:
            log.append(
                [invoiced(InvoiceV3, money={"amount": "3.00", "currency": "USD"})], expected={"invoice/1": 3}
            )
            present = [
                '{"money":{"amount":"1.00","currency":"EUR"}}',
                '{"on":"2026-10-01"}',
                '{"money":{"amount":"2.00","currency":"CHF"}}',
                '{"money":{"amount":"3.00","currency":"USD"}}',
            ]
            assert [event.text for event in log.read()] == present
            assert [event.schema_version for event in log.read()] == [3, 2, 3, 3]
            assert log.query("SELECT said, schemas FROM invoice").rows == [(present, [3, 2, 3, 3])]
            assert log.query("SELECT data, schema_version FROM event WHERE position = 1").rows == [
                (raw.text, 1)
            ]
            assert log.differences() == {"invoice": 0}
            assert log.verify().findings == ()

    def test_a_retry_of_an_old_event_in_its_old_form_is_known(self, folder):
        with opened(folder, Registry([InvoiceV1])) as log:
            write = Write(stream="invoice/1", data=InvoiceV1(total="1.00"), actor="me", event_id="one")
            log.append([write], expected={"invoice/1": 0})
        with opened(folder, Registry([InvoiceV1])) as log:
            assert log.append([write], expected={"invoice/1": 0}).repeated

    def test_an_erased_event_stays_empty(self, folder):
        with opened(folder, Registry([InvoiceV1])) as log:
            log.append([invoiced(InvoiceV1, total="1.00")], expected={"invoice/1": 0})
        with duckdb.connect(str(folder / "company.duckdb")) as connection:
            connection.execute("UPDATE event SET data = NULL, salt = NULL")
        with opened(folder, Registry([InvoiceV3])) as log:
            (event,) = log.read()
            assert event.erased
            assert (event.text, bytes(event.data)) == (None, b"null")

    def test_an_event_of_a_newer_schema_stays_as_it_is(self, folder):
        with opened(folder, Registry([InvoiceV3])) as log:
            log.append([invoiced(InvoiceV3, money={"amount": "3.00"})], expected={"invoice/1": 0})
        with opened(folder, Registry([InvoiceV2])) as log:
            (event,) = log.read()
            assert (event.schema_version, event.text) == (3, '{"money":{"amount":"3.00"}}')

    @pytest.mark.parametrize(
        "types",
        [
            [InvoiceV1, InvoiceV2],
            [type("Gap", (InvoiceV3,), {"upcasters": {2: "data"}}, type="demo.gap", version=3)],
        ],
    )
    def test_a_registry_wants_each_type_once_and_each_step(self, types):
        with pytest.raises(AssertionError):
            Registry(types)


def test_types_nobody_knows_stay_and_are_listed(folder):
    with opened(folder, Registry([*REGISTRY, InvoiceV1]), read_models=[INVOICE], views=[]) as log:
        log.append([invoiced(InvoiceV1, total="1.00"), note("a")], expected={"invoice/1": 0, "note/a": 0})
    with opened(folder, read_models=[INVOICE], views=[]) as log:
        assert log.unknown_types() == {"demo.invoiced": 1}
        assert len(list(log.read())) == 2
        assert log.query("SELECT count(*) FROM event").rows == [(2,)]
        assert log.query("SELECT said FROM invoice").rows == [(['{"total":"1.00"}'],)]
