"""Index files that rot, and writers that are killed: found before they are used, made anew, never a wrong neighbour."""

import random
import shutil

import pytest
from recall_examples import Hashed, forgotten, keep, kept, opened
from recall_lives import ITEMS, QUESTIONS, answers, asked, fill, item, one_life

from opc_kernel.log.crash import KillAt
from opc_kernel.memory.recall import recall, vectors
from opc_kernel.memory.recall.recall import Recall

PAGE = 4096
STEPS = ("index half written", "index before rename", "index after rename")
KINDS = ("words", "exact", "recent", "cells")
QUICK, MANY, LIVES = 12, 400, 60


@pytest.fixture
def company(folder, monkeypatch):
    monkeypatch.setattr(vectors, "RECENT_ITEMS", 10)
    with opened(folder) as log:
        fill(log)
        yield log


class Rotting:
    """The index as bytes; each try writes it out with one file damaged, opens it and asks."""

    def __init__(self, company, folder, kind):
        self.company, self.folder = company, folder
        with Recall(company, folder, embeddings=[Hashed()]) as recall:
            recall.catch_up()
            keep(company, item(ITEMS))  # one lies beside what was settled
            recall.catch_up()
        self.files = {path.name: path.read_bytes() for path in (folder / "index").iterdir()}
        suffix = {"words": "words.npz", "recent": ".recent.npz"}.get(kind, ".faiss")
        (self.name,) = [name for name in self.files if name.endswith(suffix)]
        _, self.right = answers(company, folder, [Hashed()])

    def opened_with(self, content):
        shutil.rmtree(self.folder / "index")
        (self.folder / "index").mkdir()
        for name, kept_content in {**self.files, self.name: content}.items():
            if kept_content is not None:
                (self.folder / "index" / name).write_bytes(kept_content)
        refused, found = answers(self.company, self.folder, [Hashed()])
        assert found == self.right
        return [error.path.name for error in refused]

    def damaged(self, chance):
        content = bytearray(self.files[self.name])
        match chance.randrange(4):
            case 0:
                return bytes(content[: chance.randrange(len(content))])
            case 1:
                content[chance.randrange(len(content))] ^= 1 << chance.randrange(8)
            case 2:
                content[chance.randrange(min(400, len(content)))] ^= 1 << chance.randrange(8)
            case 3:
                at = chance.randrange(len(content)) // PAGE * PAGE
                content[at : at + PAGE] = bytes(len(content[at : at + PAGE]))
        return bytes(content)


@pytest.fixture(params=KINDS)
def rotting(request, company, folder, monkeypatch):
    if request.param == "cells":
        monkeypatch.setattr(vectors, "EXACT_ITEMS", 20)
    return Rotting(company, folder, request.param)


def rots(rotting, times, seed):
    chance = random.Random(seed)
    for _ in range(times):
        assert rotting.opened_with(rotting.damaged(chance)) == [rotting.name]


def test_a_damaged_index_is_found_before_it_is_used(rotting):
    rots(rotting, QUICK, 20261122)


@pytest.mark.soak
def test_d8_indexes_damaged_in_four_hundred_ways(rotting, fresh_seed):
    rots(rotting, MANY, fresh_seed)


def test_a_missing_file_is_made_anew(rotting):
    refused = rotting.opened_with(None)

    assert all(name.endswith(".recent.npz") for name in refused), (
        "what lies beside a missing file goes with it"
    )


def test_a_file_of_another_company_is_refused(company, folder, tmp_path, rotting):
    other = tmp_path / "other"
    with opened(other) as log:
        fill(log, 30)
        answers(log, other, [Hashed()])
    stranger = (other / "index" / rotting.name) if (other / "index" / rotting.name).exists() else None

    if stranger is not None:
        assert rotting.opened_with(stranger.read_bytes()) == [rotting.name]
    assert rotting.opened_with(b"") == [rotting.name]


def test_vectors_of_another_model_are_refused(company, folder):
    answers(company, folder, [Hashed("one")])
    (one,) = (folder / "index").glob("*.faiss")
    answers(company, folder, [Hashed("two")])
    (two,) = {*(folder / "index").glob("*.faiss")} - {one}
    _, right = answers(company, folder, [Hashed("two")])
    shutil.copy(one, two)

    refused, found = answers(company, folder, [Hashed("two")])

    assert [error.path for error in refused] == [two]
    assert found == right


def test_words_that_another_release_counted_are_counted_anew_and_vectors_stay(company, folder, monkeypatch):
    with monkeypatch.context() as before:
        before.setattr(recall, "WORDS", "words 1")
        _, right = answers(company, folder, [Hashed()])
    again = Hashed()

    refused, found = answers(company, folder, [again])

    assert [error.path.name for error in refused] == ["words.npz"]
    assert found == right
    assert again.seen == [*QUESTIONS]
    assert answers(company, folder, [Hashed()]) == ([], right)


def test_an_index_older_than_the_log_reads_on(company, folder):
    answers(company, folder, [Hashed()])
    keep(company, kept("new", "The harbour of note 17 is closed"), forgotten("n3"))

    refused, found = answers(company, folder, [Hashed()])

    shutil.rmtree(folder / "index")
    assert refused == []
    assert found == answers(company, folder, [Hashed()])[1]


def test_an_index_newer_than_a_restored_log_is_refused(folder, tmp_path):
    with opened(folder) as log:
        fill(log, 20)
    older = tmp_path / "older"
    shutil.copytree(folder, older, ignore=shutil.ignore_patterns(".lock"))
    with opened(folder) as log:
        keep(log, kept("later", "harbour"))
        answers(log, folder, [Hashed()])
    shutil.copytree(folder / "index", older / "index")

    with opened(older) as log:
        refused, found = answers(log, older, [Hashed()])

    assert len(refused) == 2
    assert all("later" not in stream for answer in found for stream, _ in answer)


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("n", [1, 2, 4])
def test_a_writer_killed_at_a_step_leaves_nothing_wrong(folder, step, n):
    with opened(folder) as log:
        fill(log)
    assert one_life(folder, ["hashed"], KillAt(step, n)) == -9

    holds(folder, ["hashed"])


@pytest.mark.parametrize("step", STEPS)
def test_a_kill_while_a_new_model_reads_leaves_the_old_one_serving(folder, step):
    with opened(folder) as log:
        fill(log)
        _, right = answers(log, folder, [Hashed("old")])
    assert one_life(folder, ["new", "old"], KillAt(step, 3)) == -9

    models = [Hashed("new"), Hashed("old")]
    with opened(folder, wait_s=30.0) as log, Recall(log, folder, embeddings=models) as recall:
        assert asked(recall) == right
        assert recall.recall("harbour").notes == ("meaning by old until new has read everything",)
        assert recall.refused == []

    holds(folder, ["new", "old"])


@pytest.mark.soak
def test_d8_writers_killed_at_any_instant(folder, fresh_seed):
    chance = random.Random(fresh_seed)
    with opened(folder) as log:
        fill(log)
    killed = 0
    for life in range(LIVES):
        models = ["new", "hashed"] if life % 2 else ["hashed", "new"]
        killed += one_life(folder, models, kill_after_s=chance.uniform(0.0, 0.25)) == -9
        holds(folder, models, remove=life % 3 == 0)
    assert killed > LIVES // 3, f"only {killed} lives were cut off"


def holds(folder, models, *, remove=True):
    """Assert that what lies there answers as a fresh index does, and leave nothing half written."""
    with opened(folder, wait_s=30.0) as log:
        refused, found = answers(log, folder, [Hashed(model) for model in models])
        assert refused == []
        assert [path.name for path in (folder / "index").glob(".*")] == []
        shutil.rmtree(folder / "index")
        assert found == answers(log, folder, [Hashed(models[0])])[1]
        if remove:
            shutil.rmtree(folder / "index")
