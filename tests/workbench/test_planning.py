"""Work asked for in words: its plan is shown, what it leaves open is asked, and nothing runs before it is approved."""

import pytest

from opc_kernel.approvals.decide import Decided
from opc_kernel.flow.task import find_tasks
from workbench.company import own_company
from workbench.founding import found
from workbench.planning.requesting import record_request, request_work, row_of
from workbench.refusal import Refused
from workbench.tasks import cancel_plan, go_on


@pytest.fixture
def company(tmp_path):
    found(tmp_path / "acme", demo=False)
    (tmp_path / "acme" / "drafts").mkdir(exist_ok=True)
    (tmp_path / "acme" / "drafts" / "hello.md").write_text(
        "---\ntitle: Hello\n---\n\nWe are open. " + "Come by and have a look at what we make. " * 5
    )
    with own_company(tmp_path / "acme") as opened:
        yield opened


def decide(company, row, word, **more):
    given = Decided(key=row.key, hash=row.hash, decision=word, channel="cli", account="me", **more)
    assert company.decide(given).accepted


def plans(company):
    return company.query("SELECT workflow, state FROM plan ORDER BY composed_at").rows


def test_words_that_name_a_workflow_become_its_plan_and_nothing_runs_yet(company):
    row = request_work(company, "publish hello", channel="cli")

    assert (row.kind, "site.publish" in row.content, "you approve" in row.content) == ("proposal", True, True)
    assert "no model was used" in row.reason
    assert plans(company) == []


def test_approved_it_runs_up_to_its_first_gate(company):
    row = request_work(company, "publish hello", channel="cli")

    decide(company, row, "approve")

    assert plans(company) == [("content.publish", "running")]
    assert any(each.effects for each in company.queue())


def test_rejected_it_never_runs(company):
    row = request_work(company, "publish hello", channel="cli")

    decide(company, row, "reject", note="not today")

    assert (plans(company), company.queue()) == ([], [])


def test_words_that_name_none_are_asked_about_and_so_is_what_is_missing(company):
    stream = record_request(company, "do something about the site", channel="cli")
    company.work()
    question = row_of(company, stream)
    assert "workflow/content.publish" in [option.id for option in question.options]

    decide(company, question, "answer", choice="workflow/content.publish")
    missing = row_of(company, stream)
    assert missing.typed is not None
    decide(company, missing, "answer", content="hello")

    assert "hello" in row_of(company, stream).content


def test_an_open_question_stands_however_often_the_worker_looks(company):
    row = request_work(company, "do something about the site", channel="cli")

    company.work()
    company.work()

    assert [each.key for each in company.queue()] == [row.key]


def test_what_the_operator_does_by_hand_is_dropped(company):
    row = request_work(company, "do something about the site", channel="cli")

    decide(company, row, "answer", choice="by-hand")

    assert (plans(company), company.queue()) == ([], [])


@pytest.mark.parametrize("words", ["", "  ", "x" * 2001])
def test_a_request_says_something_and_not_too_much(company, words):
    with pytest.raises(Refused):
        request_work(company, words, channel="cli")


def test_a_plan_that_nobody_wants_any_more_is_dropped_with_its_rows(company):
    decide(company, request_work(company, "publish hello", channel="cli"), "approve")
    ((plan,),) = company.query("SELECT stream FROM plan").rows

    assert cancel_plan(company, plan, "not needed", channel="cli").accepted

    assert (plans(company), company.queue()) == ([("content.publish", "failed")], [])


@pytest.mark.parametrize("words", ["don't publish hello", "Do NOT publish hello", "hello nicht publish"])
def test_a_request_that_says_not_is_asked_about(company, words):
    row = request_work(company, words, channel="cli")

    assert (row.kind, row.options[0].label) == ("question", "Publish a page (content.publish)")
    decide(company, row, "answer", choice="workflow/content.publish")
    assert [each.summary.partition(" —")[0] for each in company.queue()] == ["Run: Publish a page"]


def test_words_that_play_no_part_are_named(company):
    row = request_work(company, "please quickly publish hello", channel="cli")

    assert "these words play no part in it: quickly" in row.reason


def test_a_step_that_is_skipped_does_not_end_its_plan(company):
    decide(company, request_work(company, "publish hello", channel="cli"), "approve")
    (publishing,) = find_tasks(company, waiting_step(company))

    verdict = go_on(company, publishing, "skip", "it is online", channel="cli")

    assert (verdict.message, plans(company)) == ("done recorded", [("content.publish", "completed")])
    told = company.query("SELECT reason FROM task WHERE stream = $task", task=publishing.stream).rows
    assert told == [("skipped: it is online",)]


def test_who_ends_a_plan_is_told_what_that_takes_back(company):
    decide(company, request_work(company, "publish hello", channel="cli"), "approve")
    plan = company.query("SELECT stream FROM plan").rows[0][0]

    assert cancel_plan(company, plan, "", channel="cli").message == "1 open step cancelled; the plan ends"
    assert company.queue() == [], "who ended it knows"


def test_a_plan_that_comes_to_nothing_by_itself_is_told_once(company):
    for _ in range(2):
        decide(company, request_work(company, "publish hello", channel="cli"), "approve")
    for row in company.queue():
        decide(company, row, "approve")

    (row,) = [each for each in company.queue() if each.kind == "question"]
    assert row.summary == "Not done: Publish a page — “publish hello”"
    decide(company, row, "answer", choice="seen")
    assert company.queue() == []


def waiting_step(company):
    return company.query("SELECT stream FROM task WHERE state = 'blocked' AND plan IS NOT NULL").rows[0][0]
