"""What every endpoint does, the twin and one over HTTP alike; and how a hostile one ends."""

import sys
import time

import pytest
from model_server import ModelServer, drip, endless, hang_up, raw, said, silence, status

from opc_kernel.models.endpoint import NOTHING, EndpointFailed, ModelReply, ModelRequest, Tokens
from opc_kernel.models.settings import Tier
from opc_kernel.testing import ScriptedModel
from workbench.connectors.models.endpoint import HttpEndpoint

ASK = ModelRequest(instructions="Answer.", words="Hello?")
SHAPE = {"type": "object", "properties": {"label": {"type": "string"}}, "required": ["label"]}
LIMIT_S = 1.0
KEY = "sk-canary-7f3a9d"


@pytest.fixture
def serving():
    """Return what starts a server with a script, and an endpoint that calls it."""
    servers = []

    def start(*script, key=KEY, local=True, **tier):
        servers.append(ModelServer(*script))
        server = servers[-1]
        given = Tier(**{"endpoint": server.url, "model": "tiny", "timeout_s": 20, **tier})
        return server, HttpEndpoint(given, local=local, find_key={server.host: key}.get)

    yield start
    for each in servers:
        each.__exit__()


@pytest.fixture(params=["twin", "http"])
def world(request, serving):
    """Return what makes an endpoint that answers so: a text, whether it was cut, or a failure."""

    def twin(text, cut=False):
        return ScriptedModel(ModelReply(text=text, tokens=Tokens(sent=12, received=5), cut=cut))

    def http(text, cut=False):
        return serving(said(text, finish="length" if cut else "stop"))[1]

    return twin if request.param == "twin" else http


def failure(endpoint):
    with pytest.raises(EndpointFailed) as caught:
        endpoint.ask(ASK)
    return caught.value


def test_a_reply_has_the_text_and_what_it_took(world):
    assert world("Dear Ada").ask(ASK) == ModelReply(text="Dear Ada", tokens=Tokens(sent=12, received=5))


def test_a_reply_says_when_it_was_cut_off(world):
    assert world("Dear", cut=True).ask(ASK).cut


def test_a_reply_of_nothing_is_an_empty_text(world):
    assert world("").ask(ASK).text == ""


def test_an_endpoint_is_asked_with_its_key_its_limit_and_the_shape_of_the_answer(serving):
    server, endpoint = serving(said('{"label": "a"}'), max_output_tokens=77)
    endpoint.ask(ModelRequest(instructions="Label it.", words="Hello?", schema=SHAPE))

    (asked,) = server.asked
    assert asked["max_tokens"] == 77
    assert asked["response_format"]["json_schema"]["schema"]["required"] == ["label"]
    assert [message["content"] for message in asked["messages"]] == ["Label it.", "Hello?"]
    assert server.headers[0]["Authorization"] == f"Bearer {KEY}"
    assert server.paths == ["/v1/chat/completions"]


def test_an_endpoint_that_takes_no_schema_is_told_in_words_alone(serving):
    server, endpoint = serving(said("{}"), structured="prompt")
    endpoint.ask(ModelRequest(instructions="Label it.", words="Hello?", schema=SHAPE))

    assert "response_format" not in server.asked[0]


def test_a_key_of_another_provider_in_the_environment_is_not_sent(serving, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "sk-of-another")
    server, endpoint = serving(said("Yes."), key=None)
    endpoint.ask(ASK)

    assert "sk-of-another" not in str(server.headers[0])


def test_an_endpoint_elsewhere_without_a_key_is_not_asked(serving):
    server, endpoint = serving(said("Yes."), key=None, local=False)

    assert failure(endpoint).todo == f"Keep its key with 'workbench model connect {server.host}'."
    assert server.asked == []


def test_an_endpoint_that_does_not_say_what_it_took_leaves_it_open(serving):
    assert serving(said("Yes.", sent=None))[1].ask(ASK).tokens is None


@pytest.mark.parametrize("code", [400, 401, 404, 429, 500, 503])
def test_a_refusal_is_one_request_and_one_failure_that_cost_nothing(serving, code):
    server, endpoint = serving(status(code))
    failed = failure(endpoint)

    assert (len(server.asked), failed.tokens) == (1, NOTHING)
    assert failed.reason.startswith(f"it said {code}")
    assert failed.transient == (code in {429, 500, 503})


@pytest.mark.parametrize(
    ("told", "least", "most"),
    [("7", 7, 7), ("Sun, 06 Nov 2044 08:49:37 GMT", 86_400, 86_400), ("99999999999", 86_400, 86_400)],
)
def test_how_long_it_wants_to_be_left_alone_is_told(serving, told, least, most):
    assert least <= failure(serving(status(429, Retry_After=told))[1]).wait_s <= most


def test_a_wait_that_is_none_is_not_taken(serving):
    assert failure(serving(status(429, Retry_After="soon"))[1]).wait_s is None


def test_the_api_of_anthropic_is_spoken_too(serving, not_run):
    try:
        import anthropic  # noqa: F401
    except ImportError:
        not_run("the library anthropic is an extra")
    answer = {
        "id": "1",
        "type": "message",
        "role": "assistant",
        "model": "clever",
        "content": [{"type": "text", "text": "Yes."}],
        "stop_reason": "end_turn",
        "usage": {"input_tokens": 12, "output_tokens": 5},
    }
    server, endpoint = serving(answer, api="anthropic", max_output_tokens=77)
    reply = endpoint.ask(ModelRequest(instructions="Label it.", words="Hello?", schema=SHAPE))

    assert reply == ModelReply(text="Yes.", tokens=Tokens(sent=12, received=5))
    assert (server.asked[0]["max_tokens"], server.headers[0]["Authorization"]) == (77, f"Bearer {KEY}")
    assert server.paths == ["/v1/messages"]


def test_a_library_that_is_not_installed_is_named(serving, monkeypatch):
    monkeypatch.setitem(sys.modules, "anthropic", None)
    monkeypatch.delitem(sys.modules, "workbench.connectors.models.anthropic_messages", raising=False)

    failed = failure(serving(said("Yes."), api="anthropic")[1])
    assert failed.reason == "the library for anthropic is not installed"
    assert failed.todo == "Install it: pip install 'workbench-opc[anthropic]'"


def test_a_redirect_is_not_followed(serving):
    elsewhere, _ = serving(said("Yes."))
    _, endpoint = serving(status(307, Location=f"{elsewhere.url}/chat/completions"))

    assert failure(endpoint).reason.startswith("it said 307")
    assert elsewhere.asked == []


def test_a_proxy_of_the_machine_does_not_see_what_stays_on_it(serving, monkeypatch):
    proxy, _ = serving(said("Yes."))
    _, endpoint = serving(said("No."))
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, f"http://{proxy.host}")
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)

    assert endpoint.ask(ASK).text == "No."
    assert proxy.asked == []


def test_nobody_at_the_address_is_a_failure_that_cost_nothing(serving):
    server, endpoint = serving(said("Yes."))
    server.__exit__()
    failed = failure(endpoint)

    assert (failed.reason, failed.transient, failed.tokens) == ("no connection", True, NOTHING)


@pytest.mark.parametrize(
    "hostile",
    [silence, drip, endless(), endless(b" " * 1024)],
    ids=["silence", "slow bytes", "endless", "endless blanks"],
)
def test_an_endpoint_that_does_not_end_is_left_in_time(serving, hostile):
    server, endpoint = serving(hostile, timeout_s=LIMIT_S)
    started = time.monotonic()
    failed = failure(endpoint)

    assert time.monotonic() - started < 10 * LIMIT_S  # the library is read in this time, too
    assert failed.reason in {
        "not within 1 s (timeout_s)",
        "its answer is longer than 4,194,304 bytes",
    }
    assert failed.tokens is None
    assert len(server.asked) == 1


@pytest.mark.parametrize(
    "body",
    [
        b"\x00\xff\xfe not json",
        b"<html>Sign in</html>",
        b"[" * 200_000,
        b"{}",
        b"null",
        b'{"id": "1", "object": "chat.completion", "choices": []}',
        b'{"id": 1, "choices": [{"message": 7}], "usage": {"prompt_tokens": -9}}',
    ],
    ids=["bytes", "page", "depth", "empty", "null", "no choice", "types"],
)
def test_garbage_is_a_failure_in_plain_words(serving, body):
    server, endpoint = serving(raw(body))

    assert failure(endpoint).reason.startswith("what came is no answer (")
    assert len(server.asked) == 1


def test_an_answer_that_was_packed_is_refused(serving):
    _, endpoint = serving(raw(b"\x1f\x8b", Content_Encoding="gzip"))

    assert failure(endpoint).reason == "its answer is compressed, though nobody asked for that"


def test_a_connection_that_breaks_leaves_the_cost_open(serving):
    failed = failure(serving(hang_up)[1])

    assert failed.tokens is None


def test_tools_that_are_called_are_nothing_here(serving):
    many = [("send_money", '{"to": "../../attacker"}')] * 20_000
    server, endpoint = serving(said(None, tools=many, finish="tool_calls"))

    assert endpoint.ask(ASK).text == ""
    assert len(server.asked) == 1


def test_a_hundred_thousand_tool_calls_end_too(serving):
    server, endpoint = serving(said(None, tools=[("unknown", "{}")] * 100_000, finish="tool_calls"))

    assert failure(endpoint).reason == "its answer is longer than 4,194,304 bytes"
    assert len(server.asked) == 1


def test_no_failure_tells_the_key_or_what_the_endpoint_said(serving):
    echo = f'{{"error": {{"message": "Incorrect API key provided: {KEY}"}}}}'.encode()
    for line in (status(401, echo), raw(echo), hang_up, status(500, echo)):
        failed = failure(serving(line)[1])
        assert KEY not in f"{failed!r} {failed} {failed.todo}"
        assert failed.__suppress_context__
