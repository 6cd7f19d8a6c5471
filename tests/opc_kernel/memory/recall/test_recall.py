"""What recall finds: by words, meaning, neighbours and exact fields, and only what stands."""

from datetime import UTC, datetime

import pytest
from recall_examples import Hashed, day, forgotten, keep, kept, names, opened

from opc_kernel.memory.recall import item as reading
from opc_kernel.memory.recall.item import Item
from opc_kernel.memory.recall.recall import Recall
from opc_kernel.memory.recall.recalled import Recalled, Recollection, tokens_at_most
from opc_kernel.testing import FrozenClock


@pytest.fixture
def recall(log, folder):
    with Recall(log, folder, embeddings=[Hashed()], clock=FrozenClock()) as recall:
        yield recall


@pytest.fixture
def by_words(log, folder):
    with Recall(log, folder, clock=FrozenClock()) as recall:
        yield recall


def test_nothing_is_found_where_nothing_is(recall):
    assert names(recall.recall("When does the lease end?")) == []


def test_words_are_found_with_other_endings_in_english_and_german(log, by_words):
    keep(
        log,
        kept("lease", "The leases end in May"),
        kept("bill", "Zwei Rechnungen sind offen"),
        kept("cat", "A cat"),
    )

    assert names(by_words.recall("When does the lease end?")) == ["lease"]
    assert names(by_words.recall("Welche Rechnung ist offen?")) == ["bill"]


def test_without_a_model_the_answer_says_so(log, by_words):
    keep(log, kept("lease", "The lease ends"))

    assert by_words.recall("lease").notes == ("words only: no model of meaning is set up",)


def test_a_result_says_why_and_from_which_events(log, recall):
    keep(
        log,
        kept("mail", "Please move the deadline to May", sources=("a" * 26,), at=day("2026-03-12")),
        kept("other", "Lunch was good"),
    )

    (best, *_) = recall.recall("Which deadline was moved on 12 March 2026?")

    assert best.item.stream == "item/mail"
    words, meaning, dated = best.why
    assert words == "words: deadline, moved"
    assert meaning.startswith("meaning 0.")
    assert dated == "dated 2026-03-12"
    assert best.sources == ("a" * 26,)


def test_an_item_that_names_no_source_comes_from_its_own_event(log, by_words):
    (event_id,) = keep(log, kept("mail", "The deadline moved"))

    assert by_words.recall("deadline").items[0].sources == (event_id,)


def test_the_answer_is_found_beside_the_question_it_answers(log, by_words):
    turns = ["Morning!", "Which colour shall the new logo have?", "Green, I think.", "Lunch?", "At noon."]
    keep(log, *(kept(f"t{at}", text, conversation="c", place=at) for at, text in enumerate(turns)))

    found = by_words.recall("What colour is the logo?", k=2)

    assert names(found) == ["t1", "t2"]
    assert found.items[1].why == ("stands beside what fits",)


def test_neighbours_end_with_their_conversation(log, by_words):
    keep(
        log,
        kept("a1", "The logo is green", conversation="a", place=1),
        kept("b2", "Something else", conversation="b", place=2),
    )

    assert names(by_words.recall("logo")) == ["a1"]


def test_only_items_of_the_entity_and_kind_are_found(log, recall):
    keep(
        log,
        kept("acme-mail", "the offer", entities=("entity/acme",), kind="mail"),
        kept("acme-note", "the offer", entities=("entity/acme", "entity/bob")),
        kept("bob-mail", "the offer", entities=("entity/bob",), kind="mail"),
    )

    assert sorted(names(recall.recall("offer", entity="entity/acme"))) == ["acme-mail", "acme-note"]
    assert sorted(names(recall.recall("offer", kinds=["mail"]))) == ["acme-mail", "bob-mail"]
    assert names(recall.recall("offer", entity="entity/bob", kinds=["note"])) == ["acme-note"]
    assert names(recall.recall("offer", entity="entity/nobody")) == []


def test_entities_with_more_items_than_one_answer_holds_are_searched_whole(log, recall, monkeypatch):
    monkeypatch.setattr(reading, "PART", 3)
    keep(log, *(kept(f"n{number}", f"the offer {number}", entities=("entity/acme",)) for number in range(9)))

    assert len(recall.recall("offer", entity="entity/acme")) == 9

    keep(log, forgotten("n4"))

    assert len(recall.recall("offer", entity="entity/acme")) == 8


def test_what_came_later_is_not_found_as_of_before(folder):
    clock = FrozenClock()
    with opened(folder, clock=clock) as log, Recall(log, folder, clock=clock) as recall:
        keep(log, kept("first", "the offer is 100"))
        before = clock.now()
        clock.move(days=1)
        keep(log, kept("second", "the offer is 200"))

        assert names(recall.recall("offer", as_of=before)) == ["first"]
        assert sorted(names(recall.recall("offer", as_of=clock.now()))) == ["first", "second"]


def test_what_is_new_is_found_at_once(log, recall):
    keep(log, kept("first", "the offer"))
    assert names(recall.recall("offer")) == ["first"]

    keep(log, kept("second", "another offer"))

    assert sorted(names(recall.recall("offer"))) == ["first", "second"]
    assert recall.catch_up().waiting == 0


def test_an_item_said_anew_is_found_by_its_new_words_only(log, recall):
    keep(log, kept("plan", "We meet in Hamburg"))
    assert names(recall.recall("Hamburg")) == ["plan"]

    keep(log, kept("plan", "We meet in Bremen"))

    assert recall.recall("Bremen").items[0].why[0] == "words: bremen"
    assert all("words" not in why for found in recall.recall("Hamburg") for why in found.why)


def test_what_was_forgotten_comes_back_neither_from_memory_nor_from_the_files(log, folder, recall):
    keep(log, kept("secret", "Quastenflosser"), kept("other", "the offer"))
    assert names(recall.recall("Quastenflosser"))[0] == "secret"

    keep(log, forgotten("secret"))

    assert "secret" not in names(recall.recall("Quastenflosser"))
    for path in (folder / "index").iterdir():
        assert b"quastenfloss" not in path.read_bytes()
    with Recall(log, folder, embeddings=[Hashed()]) as again:
        assert "secret" not in names(again.recall("Quastenflosser"))


def test_more_items_than_are_embedded_at_once_wait_and_the_answer_says_so(log, recall):
    keep(log, *(kept(f"n{number}", f"note number {number}") for number in range(40)))

    first = recall.recall("note")

    assert first.notes == ("40 items are found by words only until their meaning is read",)
    assert [recall.catch_up(30).waiting, recall.catch_up(30).waiting] == [10, 0]
    assert recall.recall("note").notes == ()


def test_while_a_new_model_reads_the_old_one_serves(log, folder):
    old, new = Hashed("old"), Hashed("new", dimension=16)
    keep(log, *(kept(f"n{number}", f"note number {number}") for number in range(40)))
    with Recall(log, folder, embeddings=[old]) as recall:
        recall.catch_up()

    with Recall(log, folder, embeddings=[new, old]) as recall:
        assert recall.catch_up(20).waiting == 20
        assert recall.recall("note").notes == ("meaning by old until new has read everything",)
        assert recall.catch_up(20).waiting == 0
        found = recall.recall("note number 7")

    assert found.notes == ()
    assert names(found)[0] == "n7"
    assert len(old.seen) == 41, "nothing was embedded by the old model again, beside one question"
    assert [path.name for path in (folder / "index").glob("*.faiss")] == ["meaning-new-" + _end(folder)]


def _end(folder):
    return next((folder / "index").glob("meaning-new*.faiss")).name.removeprefix("meaning-new-")


def test_a_model_that_fails_leaves_the_words_and_the_answer_says_so(log, folder):
    keep(log, kept("lease", "The lease ends"))
    with Recall(log, folder, embeddings=[Hashed(works=False)]) as recall:
        found = recall.recall("lease")

    assert names(found) == ["lease"]
    assert found.notes == ("not all by meaning: it is switched off",)


def test_what_is_for_this_machine_alone_is_shown_to_no_model_elsewhere(log, folder):
    elsewhere = Hashed()
    elsewhere.local = False
    keep(
        log,
        kept("bank", "IBAN of the landlord", local_only=True),
        kept("draft", "a letter to the landlord", kind="draft"),
        kept("note", "the landlord called"),
    )
    with Recall(log, folder, embeddings=[elsewhere], local_only=["draft"]) as recall:
        found = recall.recall("landlord")

    assert sorted(names(found)) == ["bank", "draft", "note"]
    assert elsewhere.seen == ["the landlord called", "landlord"]


def test_a_summary_is_as_long_as_one_of_the_items_it_stands_for(log, by_words):
    lines = [f"{topic} was settled with the landlord on the phone" for topic in ("Heating", "Lease", "Paint")]
    lines += ["Broom, ladder, bucket, soap, sponge, brush, cloth and gloves are kept in the cellar"] * 3
    keep(
        log,
        kept("month", "\n".join(lines), kind="summary"),
        kept("letter", "\n".join(lines)),
        *(kept(f"n{number}", f"Note {number} is about something else") for number in range(9)),
    )

    found = by_words.recall("paint")

    assert names(found) == ["month", "letter"]
    assert found.items[0].score > found.items[1].score


def test_what_was_useful_comes_first_among_equals(log, folder):
    keep(log, kept("a", "the offer"), kept("b", "the offer"))
    with Recall(log, folder, useful=lambda streams: {"item/b": 1.0}) as recall:
        assert names(recall.recall("offer")) == ["b", "a"]


def test_a_reopened_recall_embeds_nothing_again(log, folder):
    keep(log, *(kept(f"n{number}", f"note number {number}") for number in range(20)))
    with Recall(log, folder, embeddings=[Hashed()]) as recall:
        recall.catch_up()
        first = recall.recall("note number 7")
    again = Hashed()
    with Recall(log, folder, embeddings=[again]) as recall:
        second = recall.recall("note number 7")

    assert names(second) == names(first)
    assert again.seen == ["note number 7"]


def test_a_context_holds_the_profile_first_and_keeps_its_budget():
    recollection = Recollection(items=tuple(_recalled(number, "word " * 40) for number in range(9)))

    packed = recollection.pack(300, profile="ACME GmbH, a customer")

    assert packed.text.startswith("ACME GmbH")
    assert packed.items == recollection.items[: len(packed.items)]
    assert 0 < len(packed.items) < 9
    assert packed.tokens == tokens_at_most(packed.text) <= 300


def test_a_profile_too_long_for_the_budget_is_cut_at_a_word():
    packed = Recollection(items=()).pack(10, profile="one two three four five six seven eight nine ten")

    assert packed.text == "one two three four five …"
    assert packed.tokens <= 10


def _recalled(number, text):
    item = Item(
        stream=f"item/{number}", position=number + 1, kind="note", text=text, entities=(), conversation=None,
        place=None, occurred_at=datetime(2026, 3, 1, tzinfo=UTC),
    )  # fmt: skip
    return Recalled(item=item, score=1.0 - number / 10, why=(), sources=())
