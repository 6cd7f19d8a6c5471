"""Several processes forget the same person, or one does while the server works: once, wholly, and nobody else's."""

import subprocess
import sys
import threading
from pathlib import Path

import pytest
from forgetting_world import where
from post import JANA, OWN, SIGNED, mail
from shop import SETTINGS, Shop

from opc_kernel.log.erase import ErasureChanged, NothingToErase
from opc_kernel.memory.profile import find_entity
from workbench.company import open_company, own_company
from workbench.erasure.erasing import erase_payload, preview_erasure
from workbench.erasure.traces import Wanted
from workbench.ingest import Ingestion

WORKBENCH = Path(sys.executable).with_name("workbench")
BERT = "Bert Kranich <bert@kranich.example>"
ADDRESS, WORD = "jana.brandt@sandtor.example", "quittengelb"
LETTERS = 12
"""None of their numbers holds the number of hers: a file whose event is still to come would seem to hold her words."""
MOST_TRIES = 20


@pytest.fixture
def folder(tmp_path):
    """A company that Jana and Bert wrote to."""
    shop = Shop(tmp_path / "acme", OWN + SETTINGS)
    shop.take(mail(f"The {WORD} crates are there." + SIGNED, sender=JANA, number=777), "jana.eml")
    shop.take(mail("The blue ones, too.", sender=BERT, number=2), "bert.eml")
    shop.company.remember()
    shop.company.close()
    return shop.folder


def jana(company):
    return Wanted(entities=(find_entity(company, ADDRESS),))


def is_whole(folder, letters):
    """Hold what is left against what should be: nothing of Jana, everything of Bert, and a log that verifies."""
    with own_company(folder) as company:
        company.remember()
        assert company.query("SELECT count(*) FROM forgotten").rows == [(1,)]
        kept = company.query("SELECT count(*) FROM memory_item WHERE speaker = 'Bert Kranich'").rows
        assert kept == [(letters,)]
        assert company.log.verify().findings == ()
        assert not any(company.log.differences().values())
    assert where(folder, ADDRESS, "Jana Brandt", WORD) == []


def test_of_processes_that_forget_the_same_person_at_once_one_does(folder):
    with own_company(folder) as company:
        confirm = preview_erasure(company, jana(company)).hash
    command = [WORKBENCH, "memory", "forget", ADDRESS, "--confirm", confirm, "--company", folder]

    children = [
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for _ in range(3)
    ]
    said = [child.communicate(timeout=120) for child in children]

    assert [child.returncode for child in children].count(0) == 1, said
    assert all("Traceback" not in errors for _, errors in said)
    is_whole(folder, 1)


def test_threads_that_forget_the_same_person_through_one_server_do_it_once(folder):
    outcomes = []
    with open_company(folder) as company:
        wanted = jana(company)
        confirmed = preview_erasure(company, wanted).hash
        together = threading.Barrier(4)

        def forget():
            together.wait()
            try:
                erase_payload(company, wanted, confirmed=confirmed)
                outcomes.append("done")
            except (ErasureChanged, NothingToErase):
                outcomes.append("too late")

        threads = [threading.Thread(target=forget) for _ in range(4)]
        [thread.start() for thread in threads]
        [thread.join() for thread in threads]

    assert sorted(outcomes) == ["done", *["too late"] * 3]
    is_whole(folder, 1)


def test_somebody_is_forgotten_while_the_server_works_and_others_go_on_writing(folder, tmp_path):
    command = [WORKBENCH, "up", "--port", "0", "--no-browser", "--company", folder]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as up:
        assert [up.stdout.readline() for _ in range(2)][-1].strip()
        writing = threading.Thread(target=letters_come, args=(folder, tmp_path))
        with open_company(folder) as company:
            wanted = jana(company)
            writing.start()
            left = forgotten(company, wanted)
            writing.join()
            company.remember()
        assert up.poll() is None
        up.terminate()
        _, errors = up.communicate(timeout=60)

    assert (left, errors) == ((), "")
    is_whole(folder, 1 + LETTERS)


def letters_come(folder, tmp_path):
    with open_company(folder) as company:
        taker = Ingestion(company, company.folder, company.settings, actor="test")
        for number in range(LETTERS):
            path = tmp_path / f"{number}.eml"
            path.write_text(mail(f"Letter {number}.", sender=BERT, number=10 + number, day=number))
            taker.ingest(path)
            company.remember()


def forgotten(company, wanted):
    """Forget as a person would: what was shown, and shown anew as long as something comes in between."""
    for _ in range(MOST_TRIES):
        try:
            return erase_payload(company, wanted, confirmed=preview_erasure(company, wanted).hash).left
        except ErasureChanged:
            continue
    pytest.fail("what is shown changes at every look")
