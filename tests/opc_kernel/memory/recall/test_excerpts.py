"""Of a summary only what bears on the question fills a context; the item itself stays whole."""

from recall_examples import keep, kept, names

from opc_kernel.memory.recall.excerpt import MOST_CHARS, excerpts
from opc_kernel.memory.recall.recall import Recall
from opc_kernel.memory.recall.terms import Terms

TERMS = Terms()
TALK = """2026-03-01 Anna: The lamp of the yard is broken.
2026-03-02 Ben: The door code of the cellar is B3-1234.
2026-03-05 Anna: We meet in the yard at noon."""


def cut(text, question):
    (found,) = excerpts([text], {word: {*TERMS.of_word(word)} for word in TERMS.looked_for(question)}, TERMS)
    return found


def test_a_summary_is_packed_as_the_lines_that_bear_on_the_question(log, folder):
    keep(
        log,
        kept("talk", TALK, kind="summary"),
        kept("note", "The code of the cellar\nis on the door.\nSo there."),
    )

    with Recall(log, folder) as recall:
        found = recall.recall("What is the door code of the cellar?")

    packed = found.pack(500)
    assert sorted(names(found)) == ["note", "talk"]
    assert "item/talk, 1 of 3 lines]\n2026-03-02 Ben: The door code of the cellar is B3-1234." in packed.text
    assert "Anna" not in packed.text
    assert "So there." in packed.text, "what somebody said themselves is not cut"
    assert TALK in {each.item.text for each in found}


def test_a_rare_word_weighs_more_than_one_that_every_line_holds():
    talk = "\n".join(
        f"2026-03-0{day} Anna: Sandtor, about the {thing}"
        for day, thing in enumerate(("lamp", "roof", "key"))
    )

    assert cut(talk, "the roof at Sandtor") == "2026-03-01 Anna: Sandtor, about the roof"


def test_lines_that_say_as_much_stand_in_their_order_up_to_a_limit():
    talk = "\n".join(f"{number} the lamp {'is bright ' * 9}" for number in range(20))

    lines = cut(talk, "lamp").splitlines()

    assert [line.split()[0] for line in lines] == [str(number) for number in range(len(lines))]
    assert 1 < len(lines) == MOST_CHARS // len(lines[0])


def test_the_best_line_stands_whole_however_long_it_is():
    long = "the lamp " + "x" * 2 * MOST_CHARS

    assert cut(f"first\n{long}\nlast", "lamp") == long


def test_what_holds_no_word_that_is_asked_for_stays_whole():
    assert cut(TALK, "zeppelin") == TALK
    assert excerpts([], {}, TERMS) == []
