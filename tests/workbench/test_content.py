"""Publishing: nothing goes out that was not read, checked and seen; a few are told first, then the others."""

from importlib.resources import files

import pytest
from capabilities_world import approve, draft, effects, plan, refusing, start
from shop import SETTINGS

from opc_kernel.effects.connector import CannotTell
from opc_kernel.testing import ScriptedModel
from workbench import composition
from workbench.capabilities.content.draft import read
from workbench.capabilities.content.editor import named
from workbench.capabilities.content.rules import odd, wrong
from workbench.connectors.mail.connector import Mail

WORDS = " ".join(["We have moved."] * 10)
PAGE = f"---\ntitle: Hello\nsummary: We moved.\n---\n{WORDS}\n"
TOLD = PAGE.replace("summary", "announce: {}\nsummary")


def published(shop, name="hello"):
    path = shop.folder / "sandbox" / "site" / f"{name}.md"
    return path.read_text("utf-8") if path.exists() else None


def publish(shop, name="1"):
    start(shop, "content.publish", {"name": "hello"}, name)


def to(count):
    return TOLD.format(", ".join(f"reader{number}@world.example" for number in range(count)))


def text(body, fields="title: Hello\n"):
    return f"---\n{fields}---\n{body}\n"


def test_a_draft_is_read_checked_shown_and_published(shop):
    draft(shop, PAGE)

    publish(shop)
    assert (published(shop), shop.row().summary) == (None, "Rehearsal: Publish “Hello” as hello")
    assert "no model was used" in shop.row().reason
    approve(shop)

    assert published(shop).endswith(f'title: "Hello"\nsummary: "We moved."\n---\n\n{WORDS}\n')
    assert (plan(shop), shop.ask("SELECT name, state, mode FROM page")) == (
        "completed",
        [("hello", "published", "sandbox")],
    )


def test_a_page_that_is_asked_for_again_goes_down_and_comes_back(shop):
    draft(shop, PAGE)
    publish(shop)
    approve(shop)

    start(shop, "content.unpublish", {"name": "hello"}, "2")
    assert shop.row().summary == "Rehearsal: Take hello down from the site"
    approve(shop)
    assert (published(shop), shop.ask("SELECT state FROM page")) == (None, [("taken down",)])

    publish(shop, "3")
    approve(shop)
    assert published(shop) is not None


def test_what_was_never_published_can_not_be_taken_down(shop):
    start(shop, "content.unpublish", {"name": "hello"})

    assert (plan(shop), effects(shop)) == ("failed", [])


def test_a_draft_that_is_not_there_is_asked_for(shop):
    publish(shop)
    assert shop.row().summary == "drafts/hello.md is not there."

    draft(shop, PAGE)
    shop.decide(shop.row(), "answer", choice="retry")

    assert shop.row().summary == "Rehearsal: Publish “Hello” as hello"


def test_what_is_wrong_has_to_be_mended(shop):
    draft(shop, text(WORDS, fields=""))
    publish(shop)
    assert shop.row().summary == "drafts/hello.md can't be published: it has no title"

    draft(shop, PAGE)
    shop.decide(shop.row(), "answer", choice="retry")

    assert shop.row().summary == "Rehearsal: Publish “Hello” as hello"
    assert shop.ask("SELECT readings FROM draft") == [(2,)]


def test_what_is_odd_is_asked_and_may_be_meant(shop):
    draft(shop, PAGE + "TODO: the rest\n")
    publish(shop)
    assert "“TODO” looks like something left to be written" in shop.row().reason

    shop.decide(shop.row(), "answer", choice="publish")

    approve(shop)
    assert "TODO" in published(shop)


def test_what_is_corrected_meanwhile_is_looked_at_anew(shop):
    draft(shop, PAGE + "TODO: the rest\n")
    publish(shop)

    draft(shop, PAGE + "The rest.\n")
    shop.work()

    assert shop.row().content.endswith("The rest.\n")


def test_what_was_approved_is_published_whatever_becomes_of_the_file(shop):
    draft(shop, PAGE)
    publish(shop)
    draft(shop, text("Something else."))

    approve(shop)

    assert WORDS in published(shop)


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ("[a](http:)", "names no host"),
        ("[a]( )", "no address"),
        ("[a](javascript:alert)", "which no page needs"),
        ("[a](there", "has no end"),
        ("![a](not-there.png)", "does not lie beside"),
    ],
)
def test_a_link_that_leads_nowhere_is_wrong(body, says):
    (fault,) = wrong(read(text(f"{WORDS}{body}")), lambda _: False)

    assert says in fault


@pytest.mark.parametrize(
    "body", ["[a](https://b.example/c)", "[a](mailto:b@c.example)", "[a](other)", "![a](here.png)"]
)
def test_a_link_that_leads_somewhere_is_right(body):
    assert [*wrong(read(text(f"{WORDS}{body}")), lambda name: name == "here.png")] == []


@pytest.mark.parametrize(
    "fields", ["titel: x\ntitle: y\n", "title: a\ntitle: b\n", "title: a\nannounce: nobody\n"]
)
def test_fields_that_can_not_be_meant_are_wrong(fields):
    assert len([*wrong(read(text(WORDS, fields)), lambda _: False)]) == 1


def test_an_address_that_stands_in_words_is_no_placeholder():
    assert [*odd(read(text(f"{WORDS} We do it ourselves.")))] == []


def test_a_request_names_the_page():
    assert (named("publish hello"), named("Please publish drafts/hello-world.md!"), named("publish")) == (
        {"name": "hello"},
        {"name": "hello-world"},
        {},
    )


def test_a_few_are_told_first_and_the_others_once_those_arrived(shop):
    draft(shop, to(5))
    publish(shop)
    approve(shop)
    assert shop.row().summary == "Rehearsal: Tell 3 of “Hello” by e-mail (the first of 5)"
    approve(shop)
    assert shop.row().summary == "Rehearsal: Tell 2 of “Hello” by e-mail (the others of 5)"
    approve(shop)

    assert [kind for kind, _, _ in effects(shop)].count("mail.send") == 5
    assert plan(shop) == "completed"


def test_where_the_first_can_not_be_found_again_a_person_is_asked(shop, monkeypatch):
    monkeypatch.setattr(Mail, "find", lambda *_: CannotTell(reason="no copies are kept"))
    draft(shop, to(5))
    publish(shop)
    approve(shop)
    approve(shop)
    assert shop.queue() == []

    shop.clock.move(hours=1, minutes=1)
    shop.work()
    assert shop.row().summary.startswith("Only 0 of the first 3 letters about “Hello” were found again")
    shop.decide(shop.row(), "answer", choice="stop")

    assert (plan(shop), len([1 for kind, _, _ in effects(shop) if kind == "mail.send"])) == ("completed", 3)


def test_a_page_whose_announcement_is_refused_is_taken_down(shop, monkeypatch):
    draft(shop, to(1))
    refusing(monkeypatch, "mail", "nobody of that name")
    publish(shop)
    approve(shop)
    approve(shop)

    assert (plan(shop), published(shop)) == ("compensated", None)


def test_a_model_may_remark_and_decides_nothing(found, monkeypatch):
    shop = found(SETTINGS + '[models.small]\nendpoint = "http://127.0.0.1:9/v1"\nmodel = "tiny"\n')
    model = ScriptedModel({"remarks": ["“We have moved” says not where to."]})
    monkeypatch.setattr("workbench.connectors.models.endpoint.HttpEndpoint", lambda tier, **_: model(tier))
    draft(shop, PAGE)

    publish(shop)

    assert "“We have moved” says not where to." in shop.row().reason
    assert "read by a model (tiny)" in shop.row().reason
    assert effects(shop) == []


def test_every_workflow_can_be_run_here(shop):
    from opc_kernel.flow.workflow import linked, problems

    agents = {agent.name: agent for agent in composition.agents(shop.company.settings, shop.folder)}
    kinds = composition.ledger(shop.company, shop.company.settings, shop.folder, clock=shop.clock)("w").kinds

    for workflow in composition.WORKFLOWS.values():
        assert [*problems(linked(workflow.steps), workflow.budget, agents, kinds)] == [], workflow.name
        assert all(field.description for field in workflow.inputs.model_fields.values()), workflow.name


def test_the_draft_of_the_demo_company_is_ready():
    text = files("workbench").joinpath("demo", "drafts", "hello.md").read_text("utf-8")

    assert [*wrong(read(text), lambda _: False), *odd(read(text))] == []
