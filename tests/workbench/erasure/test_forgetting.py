"""Somebody is forgotten: memory, mails and notes go; records and what is known of others stay; nobody comes back."""

import shutil

import pytest
from forgetting_world import office, where  # noqa: F401 - a fixture
from openpyxl import load_workbook
from shop import sync_sheet

from opc_kernel.event import NEW_STREAM, Write
from opc_kernel.log.erase import ErasureChanged, NothingToErase
from opc_kernel.memory.fact import FactAsserted, fact_stream
from opc_kernel.memory.item import ItemFolded, ItemKept
from opc_kernel.memory.merging import merged
from opc_kernel.memory.profile import NotKnown
from workbench import composition, maintenance
from workbench.company import own_company
from workbench.erasure.erasing import erase_again, erase_payload, preview_erasure
from workbench.erasure.traces import Wanted

BILL = "RE-1,out,Vogelsang Design,2026-10-01,2026-10-15,1190.00,EUR\n"


def test_the_preview_tells_everything_that_goes_and_changes_nothing(office):  # noqa: F811
    came = office.mail("Anna Vogelsang", "Nimm bitte die blaue Ausgabe.", phone="040 3344 5566")
    noted = office.note("Sie mag kurze Briefe lieber", "Anna Vogelsang")
    before = office.count()

    found = office.preview("anna vogelsang")

    kinds = sorted({each.stream.partition("/")[0] for each in found.events})
    assert kinds == ["entity", "fact", "item", "mail", "note"]
    assert {came, noted} <= {each.event_id for each in found.events}
    assert {"Anna Vogelsang", "040 3344 5566", "+494033445566"} <= set(found.words)
    assert (found.stays, found.shared, office.count()) == ((), (), before)


def test_whoever_is_forgotten_is_in_no_file_and_nobody_finds_them(office):  # noqa: F811
    office.mail("Anna Vogelsang", "Nimm bitte die blaue Ausgabe.", phone="040 3344 5566")
    office.mail("Bert Kranich", "Nimm die rote Ausgabe.")
    bert = office.profile("Bert Kranich")

    assert office.forget("Anna Vogelsang").left == ()

    assert office.names() == ["Bert Kranich"]
    assert office.profile("Bert Kranich") == bert
    assert [each.item.text for each in office.company.recall("Ausgabe")] == ["Nimm die rote Ausgabe."]
    assert office.company.log.verify().findings == ()
    assert not any(office.company.log.differences().values())
    with pytest.raises(NotKnown):
        office.entity("Anna Vogelsang")
    office.company.close()
    assert where(office.folder, "Vogelsang", "vogelsang@example.org", "3344 5566", "33445566", "blaue") == []


def test_all_that_were_merged_into_one_are_forgotten_with_it(office):  # noqa: F811
    office.mail("Anna Vogelsang", "from the one address")
    office.mail("A. L. Vogelsang-Meyer", "from the other address")
    one, other = office.entity("A. L. Vogelsang-Meyer"), office.entity("Anna Vogelsang")
    change = merged(office.company, one, other, evidence=("one voice",), decided_by="operator", actor="me")
    office.company.append(change.writes, expected=change.expected)

    assert office.forget("Anna Vogelsang").left == ()

    assert office.names() == []
    office.company.close()
    assert where(office.folder, "Vogelsang", "one voice") == []


def test_an_invoice_stays_by_law_and_does_not_bring_its_party_back(office):  # noqa: F811
    office.invoices(BILL)
    office.work()
    found = office.preview("Vogelsang Design")
    assert [(each.type, each.why.partition(";")[0]) for each in found.stays] == [
        ("books.invoice_issued", "the law wants it kept for years")
    ]
    assert not any(each.type.startswith("books.") for each in found.events)
    assert "Vogelsang Design" in found.shared

    office.forget("Vogelsang Design")
    office.work()

    assert office.names() == []
    assert office.ask("SELECT party FROM invoice") == [("Vogelsang Design",)]
    assert where(office.folder, "Vogelsang Design"), "the invoice stands in the journal"


def test_memory_that_looks_at_everything_anew_passes_over_what_stays(office, monkeypatch):  # noqa: F811
    office.invoices(BILL)
    office.work()
    office.forget("Vogelsang Design")
    everything = composition.remembering(office.company, office.company.settings)
    monkeypatch.setattr(everything, "_table", "another table of captures")

    assert everything.catch_up() == 0
    assert office.names() == []


def test_who_is_named_by_something_new_is_met_for_the_first_time(office):  # noqa: F811
    office.invoices(BILL)
    office.work()
    first = office.entity("Vogelsang Design")
    office.forget("Vogelsang Design")

    office.invoices(BILL + BILL.replace("RE-1", "RE-2").replace("2026-10-01", "2026-11-01"), "more.csv")
    office.company.remember()

    again = office.profile("Vogelsang Design")
    assert again.entity != first
    assert [item.title for item in again.items] == ["Invoice RE-2"]
    assert [line.value for line in again.facts["role"]] == ["customer"]

    office.forget("Vogelsang Design")
    office.company.remember()
    assert office.names() == []


def test_with_also_records_the_invoice_goes_too(office):  # noqa: F811
    office.invoices(BILL)
    office.work()

    assert office.forget("Vogelsang Design", also_records=True).left == ()

    assert office.ask("SELECT count(*) FROM invoice") == [(0,)]
    office.company.close()
    assert where(office.folder, "Vogelsang Design") == []


def test_a_note_about_somebody_else_is_theirs_and_the_preview_says_so(office):  # noqa: F811
    office.mail("Anna Vogelsang", "hello from Hamburg")
    office.note("Bert Kranich knows Anna Vogelsang", "Bert Kranich", "Anna Vogelsang")
    found = office.preview("Anna Vogelsang")
    assert [each.why for each in found.stays] == ["it names somebody else first: it is theirs"]
    assert "Anna Vogelsang" in found.shared

    office.forget("Anna Vogelsang")
    office.company.remember()

    assert office.names() == ["Bert Kranich"]
    assert [item.text for item in office.profile("Bert Kranich").items] == [
        "Bert Kranich knows Anna Vogelsang"
    ]


def test_what_others_wrote_goes_too_where_its_text_is_named(office):  # noqa: F811
    office.mail("Anna Vogelsang", "hello from Hamburg")
    office.note("Bert Kranich knows Anna Vogelsang", "Bert Kranich", "Anna Vogelsang")

    assert office.forget("Anna Vogelsang", containing=("anna vogelsang",)).left == ()

    office.company.close()
    assert where(office.folder, "Vogelsang") == []


def test_a_firm_that_was_met_in_the_mail_of_who_goes_stays_known(office):  # noqa: F811
    office.mail("Anna Vogelsang", "I work there", firm="Sandtor GmbH", contact=True)

    office.forget("Anna Vogelsang")

    assert office.names() == ["Sandtor GmbH"]
    assert office.profile("Sandtor GmbH").facts == {}
    office.company.close()
    assert where(office.folder, "Vogelsang") == []


def test_a_fact_of_another_goes_on_without_the_one_before_it(office):  # noqa: F811
    office.mail("Anna Vogelsang", "I am your contact", firm="Sandtor GmbH", contact=True)
    office.mail("Bert Kranich", "now I am", firm="Sandtor GmbH", contact=True)
    contact = "SELECT value FROM fact WHERE predicate = 'contact' AND stands"
    if office.ask(contact) == [("Anna Vogelsang",)]:
        supersede(office, "Sandtor GmbH", "contact", "Bert Kranich")

    office.forget("Anna Vogelsang")
    assert office.ask(contact) == [("Bert Kranich",)]

    office.mail("Carl Reiher", "or am I", firm="Sandtor GmbH", contact=True)
    assert office.ask("SELECT count(*) FROM contradiction") == [(1,)]
    office.company.close()
    assert where(office.folder, "Vogelsang") == []


def supersede(office, name, predicate, value):  # noqa: F811
    subject = office.entity(name)
    stream = fact_stream(subject, predicate, value)
    ((version,),) = office.ask("SELECT version FROM fact WHERE stream = $stream", stream=stream)
    said = FactAsserted(subject=subject, predicate=predicate, value=value, origin="operator", sources=())
    office.company.append([Write(stream=stream, data=said, actor="me")], expected={stream: version})


def test_an_item_whose_summary_goes_speaks_for_itself_again(office):  # noqa: F811
    anna = office.mail("Anna Vogelsang", "the blue edition")
    bert = office.mail("Bert Kranich", "the red edition")
    text = "Anna Vogelsang and Bert Kranich wrote of editions"
    people = (office.entity("Bert Kranich"), office.entity("Anna Vogelsang"))
    summary = ItemKept(kind="summary", text=text, entities=people, sources=(anna, bert))
    ((stream, version),) = office.ask("SELECT stream, version FROM memory_item WHERE text LIKE '%red%'")
    folded = ItemFolded(into="item/summary", reason="summed up")
    writes = [
        Write(stream=at, data=data, actor="me") for at, data in (("item/summary", summary), (stream, folded))
    ]
    office.company.append(writes, expected={"item/summary": NEW_STREAM, stream: version})

    office.forget("Anna Vogelsang")

    assert office.ask("SELECT text, state FROM memory_item") == [("the red edition", "kept")]


def test_a_confirmation_holds_for_what_was_shown_alone(office):  # noqa: F811
    office.mail("Anna Vogelsang", "one")
    wanted = office.wanted("Anna Vogelsang")
    shown = preview_erasure(office.company, wanted)
    office.mail("Anna Vogelsang", "two")

    with pytest.raises(ErasureChanged):
        erase_payload(office.company, wanted, confirmed=shown.hash)
    assert office.names() == ["Anna Vogelsang"]
    with pytest.raises(NothingToErase):
        preview_erasure(office.company, Wanted(entities=("entity/nobody",)))


def test_what_memory_read_before_is_not_stored_after(office):  # noqa: F811
    office.mail("Anna Vogelsang", "the first")
    late = composition.remembering(office.company, office.company.settings)
    mail = office.mail  # a mail that memory reads while it is being forgotten
    office.company.remember = lambda: 0
    mail("Anna Vogelsang", "the very secret second")
    looked = late._remembered

    def slowly(sources):
        batch = looked(sources)
        office.forget("Anna Vogelsang")
        return batch

    late._remembered = slowly
    late.catch_up()

    assert office.names() == []
    office.company.close()
    assert where(office.folder, "secret", "Vogelsang") == []


def test_a_restored_older_backup_does_not_know_them(office, tmp_path):  # noqa: F811
    office.mail("Anna Vogelsang", "the blue edition")
    office.invoices(BILL)
    office.work()
    maintenance.back_up(office.folder, tmp_path / "backup", quick=True)
    office.forget("Anna Vogelsang")
    office.forget("Vogelsang Design")
    office.company.close()

    maintenance.restore(tmp_path / "backup", tmp_path / "restored")

    with own_company(tmp_path / "restored") as company:
        company.remember()
        assert company.query("SELECT name FROM entity").rows == []
        assert company.query("SELECT party FROM invoice").rows == [("Vogelsang Design",)]
        assert company.log.verify().findings == ()
        assert erase_again(company.log, company.folder).repeated
    assert where(tmp_path / "restored", "Anna Vogelsang", "blue edition") == []


def test_an_older_copy_that_never_met_them_does_not_meet_them_in_what_stays(office, tmp_path):  # noqa: F811
    office.invoices(BILL)
    office.company.close()
    older = shutil.copytree(office.folder, tmp_path / "older")
    newer = type(office)(office.folder)
    newer.work()
    newer.forget("Vogelsang Design")
    newer.company.close()

    with own_company(older) as company:
        erase_again(company.log, company.folder)
        company.remember()
        assert company.query("SELECT name FROM entity").rows == []


def test_the_next_backup_and_the_workbook_know_nothing(office, tmp_path):  # noqa: F811
    office.mail("Anna Vogelsang", "the blue edition")
    office.pay("2026-10-10, 1187.50, Kiosk, for what")
    office.work()
    office.decide(office.row(), "ask", note="ask Anna Vogelsang", work=False)
    sync_sheet(office.company)
    maintenance.back_up(office.folder, tmp_path / "backup", quick=True)

    office.forget("Anna Vogelsang", containing=("Anna Vogelsang",))
    office.work()
    sync_sheet(office.company)
    maintenance.back_up(office.folder, tmp_path / "backup", quick=True)

    assert where(tmp_path / "backup", "Vogelsang", "blue edition") == []
    cells = load_workbook(office.folder / "sheets" / "approvals.xlsx").worksheets[0].values
    assert "Vogelsang" not in str(list(cells))


def test_the_log_tells_that_somebody_was_forgotten_and_not_who(office):  # noqa: F811
    office.invoices(BILL)
    office.work()
    office.forget("Vogelsang Design")

    ((actor, policy, events, kept),) = office.ask(
        "SELECT actor <> '', policy, events, records_kept FROM forgotten"
    )

    assert (actor, policy, events > 2, kept) == (True, "request", True, 1)
    assert office.ask(
        "SELECT count(*) FROM event WHERE type = 'log.payload_erased' AND data LIKE '%ogelsang%'"
    ) == [(0,)]


def test_another_plain_erasure_leaves_a_firm_that_others_name(office):  # noqa: F811
    office.invoices(BILL + BILL.replace("RE-1", "RE-2"))
    office.work()
    ((stream,),) = office.ask("SELECT stream FROM invoice WHERE number = 'RE-1'")
    wanted = Wanted(streams=(stream,))

    erase_payload(office.company, wanted, confirmed=preview_erasure(office.company, wanted).hash)

    assert [item.title for item in office.profile("Vogelsang Design").items] == ["Invoice RE-2"]
