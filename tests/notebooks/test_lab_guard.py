"""Nothing behind any route of the running JupyterLab is reached without the token, or from elsewhere."""

from __future__ import annotations

import http.client
import re
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from lab_serving import Lab, open_lab, routes
from test_guard import FOREIGN, UPGRADE, knock

from workbench.founding import found
from workbench.lab.jupyter import FORBIDDEN, REFUSED, cookie_name

MIN_ROUTES = 80
TOKEN_BITS = 128
STRANGERS = {
    "no token": lambda lab: {},
    "a wrong cookie": lambda lab: {"Cookie": f"{cookie_name(f':{lab.port}')}=wrong"},
    "a cookie that somebody else signed": lambda lab: {
        "Cookie": f'{cookie_name(f":{lab.port}")}="2|1:0|10:1|"'
    },
    "a wrong bearer": lambda lab: {"Authorization": "Bearer wrong"},
    "a wrong token": lambda lab: {"Authorization": "token wrong"},
    "the token of another scheme": lambda lab: {"Authorization": f"Basic {lab.token}"},
    "a foreign host": lambda lab: {**pass_of(lab), "Host": "evil.example"},
    "a foreign host with our port": lambda lab: {**pass_of(lab), "Host": f"evil.example:{lab.port}"},
    "the machine's other name": lambda lab: {**pass_of(lab), "Host": f"localhost:{lab.port}"},
    "a foreign origin": lambda lab: {**pass_of(lab), "Origin": "http://evil.example"},
    "an origin on another port": lambda lab: {**pass_of(lab), "Origin": "http://127.0.0.1:1"},
    "a page that has no origin": lambda lab: {**pass_of(lab), "Origin": "null"},
    "a foreign page": lambda lab: {**pass_of(lab), **FOREIGN},
}


def pass_of(lab: Lab) -> dict[str, str]:
    return {"Authorization": f"token {lab.token}"}


@pytest.fixture(scope="module")
def lab(tmp_path_factory, runtime) -> Iterator[Lab]:
    folder = tmp_path_factory.mktemp("labs") / "company"
    found(folder, demo=False)
    opened = open_lab(folder, tmp_path_factory.mktemp("output"))
    yield opened
    if opened.process.poll() is None:
        opened.stop()


@pytest.fixture(scope="module")
def ways(lab) -> list[tuple[str, str]]:
    return routes(lab.folder)


class TestStrangers:
    @pytest.mark.parametrize("who", STRANGERS)
    def test_no_route_answers(self, lab, ways, who):
        let_in = []
        for method, path in ways:
            headers = STRANGERS[who](lab) | (UPGRADE if method == "WS" else {})
            answer = knock(lab, "GET" if method == "WS" else method, path, headers)
            if (answer.status, answer.body.decode()) != (FORBIDDEN, REFUSED):
                let_in.append((method, path, answer.status))
        assert let_in == []
        assert len(ways) > MIN_ROUTES

    def test_sockets_are_among_the_routes(self, ways):
        assert {path.rpartition("/")[2] for method, path in ways if method == "WS"} >= {
            "channels",
            "subscribe",
        }

    def test_a_wrong_token_in_the_address_is_refused(self, lab):
        for path in ("/lab?token=wrong", "/api/kernels?token=", f"/lab?token={lab.token[:-1]}"):
            assert knock(lab, "GET", path, {}).status == FORBIDDEN


class TestOperator:
    def test_the_link_opens_the_lab_and_leaves_a_cookie_that_other_pages_can_not_send(self, lab):
        answer = knock(lab, "GET", f"/lab?token={lab.token}", {})
        cookies = [
            each
            for each in answer.headers.get_all("Set-Cookie")
            if each.startswith(cookie_name(f":{lab.port}"))
        ]
        assert answer.status == http.client.OK
        assert len(cookies) == 1
        assert {"HttpOnly", "SameSite=Strict"} <= {each.strip() for each in cookies[0].split(";")}
        again = knock(lab, "GET", "/api/kernels", {"Cookie": cookies[0].partition(";")[0]})
        assert (again.status, again.body) == (http.client.OK, b"[]")

    def test_a_page_may_load_from_here_alone(self, lab):
        policy = knock(lab, "GET", "/lab", pass_of(lab)).headers["Content-Security-Policy"]
        hosts = set(re.findall(r"\b(?:https?|wss?)://[^ ;]+", policy))
        assert hosts == {f"ws://127.0.0.1:{lab.port}"}
        assert "default-src 'self'" in policy

    def test_it_listens_on_this_machine_alone(self, lab):
        listening = {
            each.laddr.ip
            for each in psutil.Process(lab.process.pid).net_connections()
            if each.status == "LISTEN"
        }
        assert listening == {"127.0.0.1"}


class TestToken:
    def test_it_is_long_and_another_one_each_time(self, lab, tmp_path):
        found(tmp_path / "other", demo=False)
        other = open_lab(tmp_path / "other", tmp_path)
        assert other.stop() == 0
        assert other.token != lab.token
        assert len(lab.token) * 6 > TOKEN_BITS

    def test_it_stands_in_no_log_no_argument_and_no_environment(self, lab):
        knock(lab, "GET", f"/lab?token={lab.token}", {})
        knock(lab, "GET", f"/api/nothing?token={lab.token}", {})
        kernel = knock(lab, "POST", "/api/kernels", pass_of(lab))
        assert kernel.status == http.client.CREATED
        process = psutil.Process(lab.process.pid)
        family = [process, *process.children(recursive=True)]
        assert len(family) > 1
        for each in family:
            assert lab.token not in " ".join(each.cmdline()) + str(each.environ())
        assert lab.token not in lab.errors.read_text()
        assert _holding(lab.folder, lab.token) == []

    def test_no_setting_of_the_users_opens_it(self, tmp_path):
        """A user's own configuration of Jupyter, which lets everybody in, is not read."""
        found(tmp_path / "company", demo=False)
        config = tmp_path / "home" / ".jupyter"
        config.mkdir(parents=True)
        open_to_all = (
            "c.IdentityProvider.token = ''\nc.ServerApp.allow_origin = '*'\nc.ServerApp.ip = '0.0.0.0'\n"
        )
        (config / "jupyter_server_config.py").write_text(open_to_all)
        (config / "jupyter_lab_config.py").write_text(open_to_all)
        world = {
            "HOME": str(tmp_path / "home"),
            "JUPYTER_CONFIG_DIR": str(config),
            "JUPYTER_TOKEN": "guessed",
        }
        lab = open_lab(tmp_path / "company", tmp_path, **world)
        answers = [
            knock(lab, "GET", "/api/kernels", headers).status
            for headers in (
                {},
                {"Authorization": "token guessed"},
                {**pass_of(lab), "Origin": "http://evil.example"},
            )
        ]
        assert lab.stop() == 0
        assert answers == [FORBIDDEN] * 3


def _holding(folder: Path, text: str) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file() and text.encode() in path.read_bytes()]
