"""The folder site: pages of others and pages that somebody edited stay, and nothing is written elsewhere (X8)."""

import itertools
import os
from pathlib import Path

import pytest
from worlds import SiteWorld

from opc_kernel.effects.connector import Absent, CannotTell, Found, NotDone, Sent
from opc_kernel.effects.intent import Intent, Order

DOTS = (
    "../",
    "..\\",
    "%2e%2e%2f",
    "..%2f",
    "%2e%2e/",
    "..;/",
    "....//",
    "..%c0%af",
    "..%5c",
    ".%00./",
    "．．／",
    "..／",
)
FILES = (
    "etc/passwd",
    "etc/passwd%00.md",
    "windows/win.ini",
    "boot.ini\0.md",
    "",
    "page",
    "page.md",
    ".ssh/authorized_keys",
)


@pytest.fixture
def world(tmp_path):
    (tmp_path / "outside.md").write_text("outside")
    return SiteWorld(tmp_path)


def publish(world, number=1, **changed):
    return world.connector().act(world.order(number, **changed))


def test_a_page_has_its_fields_its_key_and_its_words(world):
    publish(world, fields={"title": 'A "title": yes', "draft": False, "tags": ["a", "b\n---\n"]})

    order = world.order(1)
    text = (world.folder / "page-1.md").read_text()
    assert text.splitlines()[1] == f'workbench_key: "{order.key}"'
    assert text.partition('"\ntitle')[2] == (
        ': "A \\"title\\": yes"\ndraft: false\ntags: ["a", "b\\n---\\n"]\n---\n\n# Hello\n'
    )
    assert (world.folder / "page-1.md").stat().st_mode & 0o777 == 0o644


def test_a_page_of_another_key_stays(world):
    publish(world, 1)
    before = (world.folder / "page-1.md").read_bytes()

    acted = publish(world, 2, target="page-1")

    assert acted == NotDone(reason="page-1.md is there already and is another page", lasting=True)
    assert (world.folder / "page-1.md").read_bytes() == before


def test_a_page_that_somebody_wrote_stays(world):
    (world.folder / "page-1.md").write_text("# Mine")

    assert publish(world).lasting
    assert isinstance(world.connector().find(world.order(1)), Absent)
    assert world.connector().undo(world.order(1), "page-1.md").lasting
    assert (world.folder / "page-1.md").read_text() == "# Mine"


def test_a_page_that_was_edited_since_stays_and_still_counts_as_published(world):
    publish(world)
    page = world.folder / "page-1.md"
    page.write_text(page.read_text() + "\nA word more.\n")

    assert publish(world) == NotDone(reason="page-1.md was edited since it was published", lasting=True)
    undone = world.connector().undo(world.order(1), "page-1.md")
    assert undone == NotDone(reason="page-1.md was edited since it was published", lasting=True)
    assert world.connector().find(world.order(1)) == Found(reference="page-1.md")
    assert "A word more." in page.read_text()


def test_the_same_page_with_other_words_does_not_replace_the_first(world):
    publish(world)

    acted = publish(world, content="# Other")

    assert acted == NotDone(reason="page-1.md was published with other words", lasting=True)


def test_what_was_taken_back_can_be_published_again(world):
    publish(world)
    world.connector().undo(world.order(1), "page-1.md")

    assert isinstance(world.connector().find(world.order(1)), Absent)
    assert isinstance(publish(world), Sent)


def test_x8_no_name_leads_out_of_the_folder(world, tmp_path):
    names = [
        "".join(parts) + file
        for deep in range(1, 7)
        for parts in itertools.combinations_with_replacement(DOTS, min(deep, 3))
        for file in FILES
    ]
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}

    for name in names:
        order = world.order(1)
        hostile = Order(key=order.key, intent=order.intent.model_copy(update={"target": name}))
        acted = world.connector().act(hostile)
        assert isinstance(acted, NotDone), name
        assert acted.lasting
        assert world.connector().undo(hostile, name).lasting
        assert isinstance(world.connector().find(hostile), Absent)

    assert len(names) > 5_000
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before


@pytest.mark.parametrize(
    "name", ["con", "nul", "com1", "LPT1", "Page", "page-", "-page", "a--b", "a.b", "x" * 81]
)
def test_names_that_some_machine_cannot_have_are_refused(world, name):
    assert publish(world, target=name).lasting


def test_x8_a_link_in_the_folder_is_not_followed(world, tmp_path):
    (world.folder / "page-1.md").symlink_to(tmp_path / "outside.md")
    (world.folder / "page-2.md").symlink_to(tmp_path / "new.md")

    for number in (1, 2):
        assert publish(world, number).lasting
        world.connector().undo(world.order(number), "")

    assert (tmp_path / "outside.md").read_text() == "outside"
    assert not (tmp_path / "new.md").exists()


def test_a_folder_or_a_pipe_where_the_page_should_be_holds_nothing_up(world):
    (world.folder / "page-1.md").mkdir()
    os.mkfifo(world.folder / "page-2.md")

    assert publish(world, 1).lasting
    assert publish(world, 2).lasting


def test_a_folder_that_is_gone_is_told_and_may_come_back(world):
    world.folder.rename(world.folder.with_name("elsewhere"))

    acted = publish(world)

    assert isinstance(acted, NotDone)
    assert not acted.lasting
    assert isinstance(world.connector().find(world.order(1)), CannotTell)
    assert not world.connector().check().ok
    assert not world.folder.exists()


@pytest.mark.parametrize("fields", [{"workbench_key": "x"}, {"a\nb": "c"}, {"A": 1}, {"x" * 41: 1}])
def test_a_field_that_is_none_is_refused(world, fields):
    assert publish(world, fields=fields).lasting


def test_nothing_half_is_ever_seen(world, monkeypatch):
    seen = []
    link = os.link

    def look(*words, **named):
        seen.append([path.name for path in Path(world.folder).glob("[!.]*")])
        link(*words, **named)

    monkeypatch.setattr(os, "link", look)
    publish(world)

    assert seen == [[]]
    assert [path.name for path in world.folder.iterdir()] == ["page-1.md"]


def down(world, number=1, key=None):
    """Return the order that takes a page down."""
    page = key or world.order(number).key
    intent = Intent(kind="site.unpublish", target=f"page-{number}", action="unpublish", fields={"page": page})
    return Order(key="takes-it-down", intent=intent)


def test_a_page_is_taken_down_by_its_key_and_once_more_is_no_fault(world):
    publish(world)
    site, order = world.connector(), down(world)
    assert site.find(order) == Absent(reason="page-1.md is still there")

    assert isinstance(site.act(order), Sent)
    assert isinstance(site.act(order), Sent)

    assert (site.find(order), world.effects()) == (Found(reference="page-1.md"), {})


def test_a_page_that_is_another_or_was_edited_is_not_taken_down(world):
    publish(world)
    other = world.connector().act(down(world, key="0" * 26))
    (world.folder / "page-1.md").write_text((world.folder / "page-1.md").read_text() + "edited\n")
    edited = world.connector().act(down(world))

    assert (other.lasting, edited.lasting, len(world.effects())) == (True, True, 1)


def test_what_was_taken_down_does_not_come_back_by_itself(world):
    assert world.connector().undo(down(world), "page-1.md").lasting
