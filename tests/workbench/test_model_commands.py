"""Models in a company: the commands, keys that nobody sees, and two processes that share one budget."""

import json
import os
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import pytest
from connectors.models.model_server import ModelServer, raw, said, status
from models_child import Question
from shop import SETTINGS
from typer.testing import CliRunner

from opc_kernel.log.place import settle
from opc_kernel.models.port import Use
from opc_kernel.models.prompt import Prompt
from workbench import composition
from workbench.cli.main import app
from workbench.company import company_id
from workbench.model_keys import KeyUnusable, NoHost, host_of, keep_key, key_finder
from workbench.secrets import secret_file

CHILD = Path(__file__).with_name("models_child.py")
KEY = "sk-canary-51c0ffee"
PROMPT = Prompt.load("opc_kernel.models", "check", inputs=Question, output=str)
SHARED = """
[models.small]
endpoint = "https://api.example.com/v1"
model = "clever"
price_in = "1"
price_out = "1000"
max_output_tokens = 100
[models.caps]
call = "1"
task = "1000"
day = "1.00"
"""


def set_up(server, more=""):
    return f'{SETTINGS}\n[models.small]\nendpoint = "{server.url}"\nmodel = "tiny"\n{more}'


def run(*words, company, text=None):
    return CliRunner().invoke(app, [*words, "--company", str(company.folder)], input=text)


def told(done):
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.fixture
def server():
    with ModelServer(said("ready")) as serving:
        yield serving


def test_a_company_without_models_says_so(shop):
    done = run("model", "list", company=shop)

    assert "No endpoint is set: everything runs on rules and templates." in done.stdout
    assert run("model", "check", company=shop).exit_code == 1
    use = Use(capability="test")
    models = composition.models(shop.company, shop.company.settings, shop.folder)
    assert models.text(PROMPT, Question(words="a"), use=use).told == "no model was used"


def test_what_is_set_and_spent_is_listed(found, server):
    prices = 'price_in = "10"\nprice_out = "10"\n[models.purposes]\n"mail.draft" = "large"\n'
    shop = found(set_up(server, prices))
    assert run("model", "check", company=shop).exit_code == 0

    tier, purpose, today, month, caps = told(run("model", "list", "--json", company=shop))
    assert (tier["tier"], tier["model"], tier["local"]) == ("small", "tiny", True)
    assert (purpose["purpose"], purpose["tier"]) == ("mail.draft", "large")
    assert (today["time"], today["calls"], Decimal(today["cost"])) == ("today", 1, Decimal("0.00017"))
    assert (month["time"], month["calls"]) == ("since 2026-11-01", 1)
    assert caps["day"] == "5.00"
    assert "tiny" in run("model", "list", company=shop).stdout


def test_a_check_sends_nothing_of_the_company(found, server):
    shop = found(set_up(server))
    (record,) = told(run("model", "check", "small", "--json", company=shop))

    assert (record["answered"], record["told"]) == (True, "it answered")
    (asked,) = server.asked
    assert asked["messages"][-1]["content"] == "Begin."
    assert "acme" not in str(asked).lower()


def test_a_check_can_be_looked_at_before(found, server):
    shop = found(set_up(server))
    done = run("model", "check", "--dry-run", company=shop)

    assert done.stdout == f"small: tiny at {server.host} would be asked for one word.\n"
    assert server.asked == []


def test_a_tier_that_does_not_answer_fails_the_check(found):
    with ModelServer(status(503)) as server:
        shop = found(set_up(server))
        done = run("model", "check", company=shop)

    assert done.exit_code == 1
    assert f"The model endpoint {server.host} gave no answer: it said 503 Service Unavailable" in done.stdout


def test_a_tier_that_is_not_set_is_named(found, server):
    shop = found(set_up(server))

    assert "'large' is not set.\nSet are: small." in run("model", "check", "large", company=shop).stderr
    assert "'huge' is no tier" in run("model", "check", "huge", company=shop).stderr


def test_a_copied_company_asks_nobody_elsewhere(found):
    shop = found(SETTINGS + SHARED)
    (shop.folder / ".place").unlink()
    keep_key(shop.folder, "api.example.com", KEY)
    done = run("model", "check", company=shop)

    assert "this folder may be a copy: it does not say where it was last used" in done.stdout


def test_a_key_is_kept_for_one_host_and_for_this_user_alone(shop, monkeypatch):
    done = run("model", "connect", "api.example.com", company=shop, text=f"{KEY}\n")
    path = secret_file(company_id(shop.folder), "model.api.example.com")
    find = key_finder(shop.folder)

    assert KEY not in done.stdout
    assert path.stat().st_mode & 0o777 == 0o600
    assert (find("api.example.com"), find("API.example.com"), find("evil.example.com")) == (KEY, KEY, None)
    monkeypatch.setenv("WORKBENCH_SECRET_MODEL_EVIL_EXAMPLE_COM", "its-own")
    assert find("evil.example.com") == "its-own"


@pytest.mark.parametrize("host", ["127.0.0.1:11434", "[::1]:8080", "models.my-company.example"])
def test_a_key_may_be_for_any_host(shop, host):
    keep_key(shop.folder, host, KEY)

    assert key_finder(shop.folder)(host) == KEY


@pytest.mark.parametrize(
    ("given", "host"),
    [
        ("API.example.com", "api.example.com"),
        ("https://api.example.com/v1", "api.example.com"),
        ("http://127.0.0.1:11434/v1", "127.0.0.1:11434"),
        ("[::1]:8080", "[::1]:8080"),
    ],
)
def test_a_host_may_be_named_by_its_address(given, host):
    assert host_of(given) == host


@pytest.mark.parametrize("given", ["", "ünï.example", "user:secret@host", "two hosts", "https://", "-x"])
def test_what_names_no_host_is_refused_and_not_repeated(given):
    with pytest.raises(NoHost) as caught:
        host_of(given)
    assert not given or given not in str(caught.value)


def test_a_key_that_others_may_read_is_not_used(found):
    shop = found(SETTINGS + SHARED)
    identity = company_id(shop.folder)
    settle(shop.folder, identity)
    keep_key(shop.folder, "api.example.com", KEY)
    secret_file(identity, "model.api.example.com").chmod(0o644)
    done = run("model", "check", company=shop)

    assert "others may read it" in done.stdout
    assert KEY not in done.stdout + done.stderr


def test_an_answer_is_erased_with_what_it_repeats_and_its_cost_stays(found):
    prices = 'price_in = "10"\nprice_out = "10"\n'
    with ModelServer(said("Dear Ada Lovelace, thank you.")) as server:
        shop = found(set_up(server, prices))
        use = Use(capability="test", task="task/1", causation_id="0" * 26)
        models = composition.models(shop.company, shop.company.settings, shop.folder, clock=shop.clock)
        models.text(PROMPT, Question(words="Thank Ada Lovelace"), use=use)
        assert run("log", "erase", "--containing", "Ada Lovelace", "--yes", company=shop).exit_code == 0
        models.text(PROMPT, Question(words="Thank Ada Lovelace"), use=use)

        first, second = shop.company.query("SELECT answer, counted FROM model_call ORDER BY asked_position")
    assert first[0] is None
    assert first[1] > 0
    assert second[0] == "Dear Ada Lovelace, thank you."


@pytest.mark.parametrize("key", ["", "two words", "line\x07"])
def test_what_is_no_key_is_refused_and_not_told(shop, key):
    with pytest.raises(KeyUnusable) as caught:
        keep_key(shop.folder, "api.example.com", key)

    assert not key or key not in str(caught.value)


def test_a_key_stands_nowhere_after_every_kind_of_answer(found, monkeypatch):
    echo = f'{{"error": {{"message": "wrong key {KEY}"}}}}'.encode()
    with ModelServer(said("ready"), status(401, echo), status(500, echo), raw(echo)) as server:
        monkeypatch.setenv("WORKBENCH_LOG", str(Path(os.environ["XDG_RUNTIME_DIR"]) / "lines.log"))
        shop = found(set_up(server))
        keep_key(shop.folder, server.host, KEY)
        said_all = "".join(run("model", "check", company=shop).output for _ in range(4))
        shop.company.close()

    assert [headers["Authorization"] for headers in server.headers] == [f"Bearer {KEY}"] * 4
    kept = [path for path in shop.folder.rglob("*") if path.is_file()]
    lines = Path(os.environ["WORKBENCH_LOG"])
    written = [
        path for path in (*kept, *([lines] if lines.exists() else [])) if KEY.encode() in path.read_bytes()
    ]
    assert written == []
    assert KEY not in said_all


def test_two_processes_share_one_budget(found):
    """A call may cost 0.1011 USD: nine fit into the day's dollar, whoever makes them."""
    shop = found(SETTINGS + SHARED)
    shop.company.close()
    children = [
        subprocess.Popen(
            [sys.executable, CHILD, shop.folder, name],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for name in ("a", "b", "c")
    ]
    for child in children:
        assert child.stdout.readline() == "there\n"
    for child in children:
        child.stdin.write("go\n")
        child.stdin.flush()
    made = [child.communicate(timeout=60)[0].split() for child in children]

    assert [cause for _, cause in made] == ["cap"] * 3
    assert sum(int(number) for number, _ in made) == 9
    (spend,) = found(SETTINGS + SHARED).company.query("SELECT sum(counted) AS cost FROM model_call").dicts()
    assert Decimal("0.85") < spend["cost"] <= 1
