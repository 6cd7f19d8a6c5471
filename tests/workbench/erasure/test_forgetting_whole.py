"""Whoever is forgotten is in no byte of the folder, whatever the company was, and wherever the power went."""

import os
import random
import subprocess
import sys
from pathlib import Path

import pytest
from forgetting_world import office, where  # noqa: F401 - a fixture
from recall_examples import Hashed
from shop import sync_sheet

from opc_kernel.event import NEW_STREAM, Write
from opc_kernel.memory.item import ItemFolded, ItemKept
from opc_kernel.memory.merging import merged
from opc_kernel.memory.profile import find_entity, profile
from opc_kernel.memory.recall.recall import Recall
from workbench import maintenance
from workbench.client import ClientLog
from workbench.company import open_company, own_company
from workbench.erasure.erasing import erase_payload, preview_erasure
from workbench.erasure.traces import Wanted

PEOPLE = ("Änne Vögelsang", "Bert Kranich", "Carla Reiher", "Dörte Habicht", "Emil Sperber")
WORDS = ("quittengelb", "ultramarin", "zinnoberrot", "umbragrün", "elfenbein")
WORKBENCH = Path(sys.executable).with_name("workbench")
BILL = "RE-1,out,Vogelsang Design,2026-10-01,2026-10-15,1190.00,EUR\n"


def filled(office, chance):  # noqa: F811
    """Let people write, be noted, be merged and summed up, in any order; each says a word of their own."""
    said = {name: [] for name in PEOPLE}
    for _ in range(12):
        at = chance.randrange(len(PEOPLE))
        name, word = PEOPLE[at], WORDS[at]
        say = chance.choice((office.mail, lambda name, text, **_: office.note(text, name)))
        said[name].append(
            say(name, f"{word} & „{word}“ Nr. {chance.random()}", phone=f"0151 2345 67{at}{at}")
        )
    for name in PEOPLE:
        office.mail(name, f"zum Schluss {WORDS[PEOPLE.index(name)]}", phone="")
    name = chance.choice(PEOPLE)
    office.mail(f"{name} II.", f"auch {WORDS[PEOPLE.index(name)]}", email=f"ii.{name[:2]}@example.org")
    one, other = (find_entity(office.company, each) for each in (f"{name} II.", f"{name}"))
    change = merged(
        office.company,
        one,
        other,
        evidence=(f"{name} is {name} II.",),
        decided_by="automatic",
        actor="memory",
    )
    office.company.append(change.writes, expected=change.expected)
    for name, sources in said.items():
        summed_up(office, name, sources)
    return chance.choice(PEOPLE)


def summed_up(office, name, sources):  # noqa: F811
    """Let a summary stand for an item of somebody."""
    entity = find_entity(office.company, name)
    stream, version = office.ask(
        "SELECT stream, version FROM memory_item WHERE list_contains(entities, $entity) ORDER BY position LIMIT 1",
        entity=entity,
    )[0]
    summary = f"item/{PEOPLE.index(name):026x}"
    text = f"{name} sprach von {WORDS[PEOPLE.index(name)]}"
    kept = ItemKept(kind="summary", text=text, entities=(entity,), sources=tuple(sources) or ("none",))
    folded = ItemFolded(into=summary, reason=f"{name} is summed up")
    writes = [
        Write(stream=summary, data=kept, actor="memory"),
        Write(stream=stream, data=folded, actor="memory"),
    ]
    office.company.append(writes, expected={summary: NEW_STREAM, stream: version})


def pages(company, names, position):
    return {name: profile(company, find_entity(company, name), position=position) for name in names}


@pytest.mark.parametrize("seed", range(3))
def test_of_a_random_company_one_goes_and_the_others_are_as_before(office, tmp_path, seed):  # noqa: F811
    who = filled(office, random.Random(seed))
    word, at = WORDS[PEOPLE.index(who)], PEOPLE.index(who)
    others = [name for name in PEOPLE if name != who]
    office.pay("2026-10-10, 1187.50, Kiosk, for what")
    office.work()
    office.decide(office.row(), "ask", note=f"ask {who}", work=False)
    sync_sheet(office.company)
    office.company.log.export("jsonl")
    maintenance.back_up(office.folder, tmp_path / "backup", quick=True)
    then = office.count()
    before = pages(office.company, others, then)
    recall = Recall(office.company, office.folder, embeddings=[Hashed()])
    while recall.catch_up().waiting:
        pass
    assert recall.recall(word)

    assert office.forget(who, containing=(who,)).left == ()

    assert not [each for each in recall.recall(word) if word in each.item.text]
    recall.close()
    assert pages(office.company, others, then) == before
    end = office.count()
    assert {name: each.facts for name, each in pages(office.company, others, end).items()} == {
        name: each.facts for name, each in before.items()
    }
    assert office.company.log.verify().findings == ()
    assert not any(office.company.log.differences().values())
    maintenance.back_up(office.folder, tmp_path / "backup", quick=True)
    office.company.close()
    traces = (who, word, f"0151 2345 67{at}{at}", f"+49151234567{at}{at}", who.lower().replace(" ", "."))
    assert where(office.folder, *traces) == []
    assert where(tmp_path / "backup", *traces) == []


def test_an_index_that_nobody_asks_again_keeps_nothing_of_them(office):  # noqa: F811
    office.mail("Anna Vogelsang", "quittengelb")
    office.mail("Bert Kranich", "ultramarin")
    recall = Recall(office.company, office.folder, embeddings=[Hashed()])
    recall.catch_up()
    office.forget("Anna Vogelsang")

    recall.close()

    assert where(office.folder, "quittengelb") == []


@pytest.mark.parametrize(
    "step", ["erase-record", "erase-files", "erase-before-rename", "erase-database", "erase-marker"]
)
def test_killed_in_the_middle_it_is_finished_at_the_next_opening(office, step):  # noqa: F811
    office.invoices(BILL)
    office.work()
    wanted = Wanted(entities=(find_entity(office.company, "Vogelsang Design"),), also_records=True)
    confirm = preview_erasure(office.company, wanted).hash
    office.company.close()

    died = workbench(office.folder, f"{step}:1", "Vogelsang Design", "--also-records", "--confirm", confirm)
    assert died.returncode != 0, "the server it started inherits CRASH_AT"

    with own_company(office.folder) as company:
        company.remember()
        names = company.query("SELECT name FROM entity").rows
        recorded = company.query("SELECT count(*) FROM forgotten").rows == [(1,)]
        assert company.log.verify().findings == ()
        assert names == ([] if recorded else [("Vogelsang Design",)])
        assert recorded is (step != "erase-record")
    assert where(office.folder, "Vogelsang") == [] or not recorded


def workbench(folder, crash_at, *words):
    return subprocess.run(
        [WORKBENCH, "memory", "forget", "--company", folder, *words],
        env=os.environ | {"CRASH_AT": crash_at},
        capture_output=True,
        text=True,
        check=False,
    )


def test_it_works_through_a_server_and_two_processes_forget_once(office):  # noqa: F811
    office.invoices(BILL)
    office.work()
    office.company.close()
    with open_company(office.folder) as company, open_company(office.folder) as other:
        assert isinstance(company.log, ClientLog)
        wanted = Wanted(entities=(find_entity(company, "Vogelsang Design"),), also_records=True)
        confirmed = preview_erasure(company, wanted).hash
        assert erase_payload(company, wanted, confirmed=confirmed, policy="request").left == ()
        other.remember()
        company.remember()
        assert other.query("SELECT name FROM entity").rows == []
        assert company.query("SELECT policy FROM forgotten").rows == [("request",)]
        assert company.log.verify().findings == ()


def test_a_company_of_a_former_time_is_read_as_it_was(office):  # noqa: F811
    office.mail("Anna Vogelsang", "quittengelb")
    office.mail("Bert Kranich", "ultramarin", firm="Sandtor GmbH")
    then = office.count()
    before = profile(office.company, office.entity("Bert Kranich"), position=then)
    office.forget("Anna Vogelsang")
    office.note("later", "Bert Kranich")

    assert profile(office.company, office.entity("Bert Kranich"), position=then) == before
