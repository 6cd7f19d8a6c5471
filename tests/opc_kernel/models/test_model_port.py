"""What an agent gets when it asks a model, and what the log keeps of it."""

from datetime import date
from decimal import Decimal

from model_desk import AWAY, draft

from opc_kernel.approvals.row import Proposal, ProposalDecided, ProposalMade, content_hash
from opc_kernel.event import ANY_VERSION, Write
from opc_kernel.models.endpoint import NOTHING, EndpointFailed, ModelReply, Tokens
from opc_kernel.models.port import Answer, NoModel, Use
from opc_kernel.models.recorded import RecordedModels


def test_an_answer_is_text_and_says_which_model_wrote_it(desk):
    answer = desk("Dear Ada, yes.").text("Do you?")

    assert isinstance(answer, Answer)
    assert answer.value == "Dear Ada, yes."
    assert answer.told == "written with the model tiny"


def test_an_answer_has_the_type_the_prompt_promises(desk):
    answer = desk('```json\n{"label": "invoice", "when": "2026-11-05"}\n```').answer()

    assert (answer.value.label, answer.value.when) == ("invoice", date(2026, 11, 5))


def test_without_an_endpoint_the_answer_says_that_no_model_was_used(desk):
    answer = desk(small=None).text()

    assert answer == NoModel(cause="unset", reason="no endpoint is set")
    assert answer.told == "no model was used"


def test_a_call_is_reserved_before_it_is_made_and_then_answered(desk):
    seen = []
    one = desk(lambda _: seen.append(one.states()) or "Yes.")
    one.text()

    assert seen == [["reserved"]]
    assert one.types() == ["model.call_reserved", "model.money_taken", "model.call_answered"]


def test_a_call_says_what_it_was_for_and_what_it_cost(desk):
    reply = ModelReply(text="Yes.", tokens=Tokens(sent=1000, received=100))
    one = desk(reply, small=AWAY)
    one.text(task="task/7", customer="customer/3", capability="mail")

    (call,) = one.calls()
    assert (call["task"], call["customer"], call["capability"]) == ("task/7", "customer/3", "mail")
    assert (call["purpose"], call["prompt"], call["prompt_version"]) == ("mail.draft", "draft", 1)
    assert (call["sent_tokens"], call["received_tokens"], call["counted"]) == (1000, 100, Decimal("0.002"))
    (spend,) = one.log.query("SELECT * FROM model_spend").dicts()
    assert (spend["calls"], spend["cost"], spend["currency"]) == (1, Decimal("0.002"), "USD")


def test_an_endpoint_that_does_not_say_what_it_took_is_counted_with_all_that_was_reserved(desk):
    one = desk(ModelReply(text="Yes.", tokens=None), small=AWAY)
    one.text()

    (call,) = one.calls()
    assert call["counted"] == call["at_most"] > Decimal("0.02")


def test_a_failed_call_costs_nothing_where_that_is_sure_and_all_where_nobody_knows(desk):
    one = desk(
        EndpointFailed("api.example.com", "no connection", tokens=NOTHING),
        EndpointFailed("api.example.com", "no answer in time"),
        small=AWAY,
    )
    first, second = one.text(), one.text()

    assert (first.cause, first.transient, second.cause) == ("failed", True, "failed")
    refused, unknown = one.calls()
    assert (refused["counted"], unknown["counted"]) == (0, unknown["at_most"])


def test_an_answer_that_cannot_be_read_is_asked_for_again_with_the_reason(desk):
    one = desk("Certainly!", '{"label": 3}', '{"label": "invoice"}')

    assert one.answer().value.label == "invoice"
    assert one.states() == ["malformed", "malformed", "answered"]
    assert "it is no JSON object" in one.scripted.asked[1].words
    assert "label: Input should be a valid string" in one.scripted.asked[2].words


def test_a_model_that_never_answers_as_asked_is_left_after_three_turns(desk):
    one = desk('{"tool": "send_money", "to": "attacker"}')
    answer = one.answer()

    assert (answer.cause, len(one.scripted.asked)) == ("malformed", 3)
    assert answer.told.startswith("no model was used (3 answers could not be used")


def test_an_answer_that_was_cut_off_is_none(desk):
    one = desk(ModelReply(text="Dear Ada, we will not", tokens=NOTHING, cut=True), "Dear Ada, no.")

    assert one.text().value == "Dear Ada, no."


def test_the_same_question_is_answered_from_the_record(desk):
    one = desk("First.", "Second.")
    one.text("Hello?", task="task/1")
    again = one.text("Hello?", task="task/2")

    assert (again.value, again.reused) == ("First.", True)
    assert again.told == "written with the model tiny (a recorded answer)"
    assert one.states() == ["answered", "reused"]
    assert len(one.scripted.asked) == 1


def test_another_model_version_text_or_input_is_another_question(desk):
    one = desk(medium={"endpoint": "http://127.0.0.1:9/v1", "model": "other"})
    one.text("Hello?")
    for asked in (
        {"tier": "medium"},
        {"prompt": draft(version=2)},
        {"prompt": draft("Draft a kind reply.")},
        {"mail": "Hallo?"},
        {"fresh": True},
    ):
        assert not one.text(**{"mail": "Hello?", **asked}).reused


def test_a_replay_needs_no_model_and_says_what_is_missing(desk):
    one = desk("As recorded.", small=AWAY)
    one.text("Hello?")
    replay = RecordedModels(one.log)
    use = Use(capability="mail")

    assert replay.text(draft(), draft().inputs(mail="Hello?"), use=use).value == "As recorded."
    missing = replay.text(draft(version=3), draft().inputs(mail="Hello?"), use=use)
    assert missing.cause == "missing"
    assert [(each.prompt, each.version) for each in replay.missing] == [("draft", 3)]
    assert len(one.scripted.asked) == 1


def test_what_is_marked_local_only_goes_to_no_endpoint_elsewhere(desk):
    one = desk(small=AWAY)
    answer = one.text(iban="DE02120300000000202051")

    assert answer.cause == "local-only"
    assert answer.reason == "iban must not leave this machine, and api.example.com is elsewhere"
    assert one.scripted.asked == []
    assert one.states() == ["refused"]
    assert one.text(iban=None).value


def test_what_is_marked_local_only_goes_to_an_endpoint_of_the_companys_own(desk):
    lan = {"endpoint": "http://gpu.lan:8000/v1", "model": "tiny"}

    assert desk().text(iban="DE02120300000000202051").value
    assert desk(small=lan, local_hosts=["gpu.lan"]).text("Again?", iban="DE02120300000000202051").value


def test_a_call_elsewhere_is_recorded_as_a_disclosure(desk):
    one = desk(small=AWAY, large={"endpoint": "http://127.0.0.1:9/v1", "model": "big"})
    one.text("Hello?")
    one.text("Hello?", tier="large")

    (told,) = one.log.query("SELECT * FROM model_disclosure").dicts()
    assert (told["host"], told["fields"], told["task"]) == ("api.example.com", '["mail"]', "task/1")


def test_a_copied_company_asks_nobody_elsewhere(desk):
    one = desk(small=AWAY)
    one.held = "the folder was copied"

    assert (one.text().cause, one.scripted.asked) == ("held", [])


def test_what_the_operator_decided_stands_beside_the_call(desk):
    one = desk("Dear Ada, yes.")
    one.text(task="task/7")
    row = Proposal(summary="Send it", reason="", facts=(), action="mail.send", content="Dear Ada, yes.")
    made = ProposalMade(task="task/7", capability="mail", hash=content_hash(row), proposal=row)
    no = ProposalDecided(decision="reject", hash=content_hash(row), channel="cli", account="ada", note="cold")
    writes = [Write(stream="proposal/1", data=data, actor="test") for data in (made, no)]
    one.log.append(writes, expected={"proposal/1": ANY_VERSION})

    (verdict,) = one.log.query("SELECT * FROM model_verdict").dicts()
    assert (verdict["prompt"], verdict["decision"], verdict["note"]) == ("draft", "reject", "cold")


def test_read_models_rebuilt_are_the_same(desk):
    one = desk("no", '{"label": "a"}')
    one.answer()
    one.answer()
    one.calls()

    assert one.log.differences()["model_call"] == 0
