"""Secrets in what libraries say when they fail: none of them is written down, shown or told (X11)."""

import pytest
from studio import Studio, act, page, step, workflow

from opc_kernel import contents
from opc_kernel.errors import KernelError
from opc_kernel.flow.outcome import Cancel

CANARIES = {
    "a key of a model": "sk-canary-4f1d9c",
    "a password of a mailbox": "hunter-canary-7",
    "a token that is renewed": "1//0canary-refresh",
    "a secret of a webhook": "whsec_canary0c2",
    "a token in an address": "https://api.example/v1?token=canary-url-99",
    "a password in an address": "https://me:canary-user@example.com/",
    "a password of a database": "postgres://app:canary-dsn@db/acme",
    "a bearer token": "Bearer canary.eyJhbGciOi.x",
    "a cookie": "Set-Cookie: session=canary-cookie",
    "a private key": "-----BEGIN PRIVATE KEY----- canaryMIIEv",
    "a basic login": "Basic Y2FuYXJ5OmNhbmFyeQ== canary-basic",
    "a signed address": "https://s3.example/x?X-Amz-Signature=canaryfeed",
}


SECRETS = [*CANARIES.values()]


def fail(number):
    secret = SECRETS[number]
    raise ConnectionError(f"401 for {secret}: {{'authorization': '{secret}'}}")


def fail_to_call(order, *_):
    fail(int(order.intent.target))


@pytest.fixture
def studio(tmp_path):
    opened = Studio(tmp_path)
    yield opened
    opened.log.close()


def test_what_can_not_be_taken_back_leaves_no_trace_of_a_secret_either(studio, tmp_path, capfd, caplog):
    flow = workflow(step("publish", effects=("site.publish",)), step("end"))
    studio.script = {
        "studio.publish": lambda context: act(page(context.task.plan.partition("/")[2])),
        "studio.end": Cancel(reason="no"),
    }
    studio.outside["site"].undo = fail_to_call
    for number in range(len(SECRETS)):
        studio.start(flow, str(number))
    for _ in range(2):
        studio.work(flow)
        studio.clock.move(minutes=1)

    everything = written(studio, tmp_path) + "".join((*capfd.readouterr(), caplog.text)).encode()
    assert everything.count(b"ConnectionError") >= len(SECRETS), "too little failed"
    assert b"canary" not in everything


def written(studio, folder):
    """Return every byte under the folder and every value of every table, as text."""
    kept = [path.read_bytes() for path in folder.rglob("*") if path.is_file()]
    tables = ("event", "event_now", *(each.name for each in (*contents.READ_MODELS, *contents.VIEWS)))
    shown = [repr(studio.log.query(f"SELECT * FROM {name}").rows).encode() for name in tables]
    return b"\n".join((*kept, *shown))


@pytest.mark.parametrize("where", ["act", "find", "agent", "agent after its effect"])
def test_what_fails_with_a_secret_in_its_words_leaves_no_trace_of_it(studio, tmp_path, where, capfd, caplog):
    break_at(studio, where)
    for number in range(len(SECRETS)):
        studio.ask(str(number))
    for _ in range(3):
        studio.work()
        studio.clock.move(minutes=11)

    everything = written(studio, tmp_path) + "".join((*capfd.readouterr(), caplog.text)).encode()
    assert everything.count(b"ConnectionError") >= len(SECRETS), "too little failed"
    assert [name for name, secret in CANARIES.items() if secret.encode() in everything] == []
    assert b"canary" not in everything


def break_at(studio, where):
    """Let something fail in every task, with a secret of its own."""
    site = studio.outside["site"]

    def answer(context):
        number = context.task.subject.partition("/")[2]
        if where == ("agent after its effect" if context.effects else "agent"):
            fail(int(number))
        return act(page(number))

    studio.script["studio.do"] = answer
    if where in ("act", "find"):
        site.act = fail_to_call
    if where == "find":
        site.find = fail_to_call


def test_what_an_error_of_ours_says_is_shown(studio):
    class NoPaper(KernelError):
        def __init__(self):
            super().__init__("There is no paper.", "Put some in.")

    def fail(_):
        raise NoPaper

    studio.script["studio.do"] = fail
    studio.ask().work()

    assert "There is no paper" in studio.row().summary
