"""A note by webhook goes to the address in the settings, once, and says nothing else to anybody."""

import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from opc_kernel.effects.connector import CannotTell, NotDone, Sent, Unclear
from opc_kernel.effects.intent import Intent, Order
from workbench.connectors.webhook.board import Board
from workbench.connectors.webhook.connector import Webhook
from workbench.secrets import SecretMissing


class Hook:
    """A server that answers with `status` and remembers what came."""

    def __init__(self):
        self.status, self.came = 200, []
        hook = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                hook.came.append((self.path, dict(self.headers), json.loads(body)))
                self.send_response(hook.status)
                self.send_header("Location", f"{hook.url}/elsewhere")
                self.end_headers()
                self.wfile.write(f"you posted to {self.path}".encode())

            def log_message(self, *_):
                pass

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture
def hook():
    hook = Hook()
    yield hook
    hook.server.shutdown()
    hook.server.server_close()


def order(target="127.0.0.1", **more):
    intent = Intent(
        kind="webhook.note",
        target=target,
        action="digest 1",
        content="2 things",
        fields={"subject": "Hello", **more},
    )
    return Order(key="k1", intent=intent)


def test_a_note_is_posted_as_text_under_its_key(hook):
    assert Webhook(f"{hook.url}/notes", str).act(order()) == Sent(reference="answered 200")

    ((path, headers, body),) = hook.came
    assert (path, headers["Idempotency-Key"], body) == ("/notes", "k1", {"text": "Hello\n\n2 things"})


@pytest.mark.parametrize("wrong", [order("evil.example"), order(cc="x@example.com")])
def test_a_note_to_anybody_else_or_with_anything_else_is_refused(hook, wrong):
    refused = Webhook(hook.url, str).act(wrong)

    assert (type(refused), refused.lasting, hook.came) == (NotDone, True, [])


def test_a_redirect_is_not_followed(hook):
    hook.status = 307

    refused = Webhook(hook.url, str).act(order())

    assert (type(refused), refused.lasting, len(hook.came)) == (NotDone, True, 1)


@pytest.mark.parametrize(("status", "kind"), [(500, Unclear), (503, NotDone), (429, NotDone), (404, NotDone)])
def test_what_the_server_says_is_what_is_known(hook, status, kind):
    hook.status = status

    assert isinstance(Webhook(hook.url, str).act(order()), kind)


def test_nobody_there_means_that_surely_nothing_happened():
    assert Webhook("http://127.0.0.1:9", str).act(order()) == NotDone(reason="no connection")


def test_the_secret_goes_into_the_address_and_into_no_answer(hook):
    hook.status = 404
    hidden = Webhook(f"{hook.url}/{{secret}}", lambda: "s3cret-word")

    refused = hidden.act(order())

    assert hook.came[0][0] == "/s3cret-word"
    assert "s3cret-word" not in refused.reason
    assert hidden.account == "127.0.0.1"


def test_a_secret_that_was_never_given_is_said_and_nothing_posted(hook):
    def missing():
        raise SecretMissing("webhook")

    refused = Webhook(f"{hook.url}/{{secret}}", missing).act(order())

    assert (refused.lasting, hook.came) == (True, [])


def test_it_can_be_checked_without_posting_and_never_asked(hook):
    webhook = Webhook(hook.url, str)

    assert (webhook.check().ok, hook.came) == (True, [])
    assert isinstance(webhook.find(order()), CannotTell)


def test_the_sandbox_lays_it_into_a_folder(tmp_path):
    board = Board(tmp_path, account="127.0.0.1")

    board.act(order())

    assert (tmp_path / "k1.txt").read_text() == "Hello\n\n2 things"
    assert board.find(order()).reference == "k1.txt"
